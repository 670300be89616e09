/*
 * The inner loops of the picture metrics, in AssemblyScript: compile.ts makes src/video/picture-kernels.wasm of them (committed; a test holds it against these
 * sources). All addresses are bytes in the memory that the host brings along.
 */
export { sharpness, stepProfiles } from './artefact-kernels';
export { halve, structure, toFloat, visualInformation } from './moment-kernels';
export { compare, difference, histogram, sobel } from './plane-kernels';
export { weighBlocks } from './xpsnr-kernels';
