import { sipeOver } from './sipe-steps.ts';

export default sipeOver('tcp', 'TCP');
