import { findExecutable } from './executable.ts';
import type { ToolRow } from './tool-table.ts';

/** The command that installs a system package on this machine, to be pasted into a shell. */
export function installCommand(packages: ToolRow['packages']): string {
  const sudo = process.getuid?.() === 0 ? '' : 'sudo ';
  if (findExecutable('apt-get')) return `${sudo}apt-get update && ${sudo}apt-get install -y ${packages.apt}`;
  if (findExecutable('dnf')) return `${sudo}dnf install -y ${packages.dnf}`;
  if (findExecutable('pacman')) return `${sudo}pacman -S --noconfirm ${packages.pacman}`;
  if (findExecutable('apk')) return `${sudo}apk add ${packages.apk}`;
  return `brew install ${packages.brew}`;
}
