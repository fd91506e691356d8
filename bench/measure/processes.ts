import { readFileSync } from "node:fs";

/** Linux counts processor time in ticks of a hundredth of a second, whatever the kernel's own clock. */
const MS_PER_TICK = 10;
const PAGE_BYTES = 4096;

/** The process that has started this one. */
export function parentOf(pid: number): number {
  return Number(statOf(pid)[1]);
}

/** How many milliseconds of processor time a process has used, all of its threads together. */
export function cpuMs(pid: number): number {
  const [user, system] = statOf(pid).slice(11, 13).map(Number);
  return ((user ?? 0) + (system ?? 0)) * MS_PER_TICK;
}

/** The same of a process with its children, those that have ended included. */
export function familyCpuMs(pid: number): number {
  const [userOfEnded, systemOfEnded] = statOf(pid).slice(13, 15).map(Number);
  const ended = ((userOfEnded ?? 0) + (systemOfEnded ?? 0)) * MS_PER_TICK;
  return childrenOf(pid).reduce((total, child) => total + cpuOfLiving(child), cpuMs(pid) + ended);
}

/** How many bytes of memory a process has had in use at most. */
export function highestResidentBytes(pid: number): number {
  const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kilobytes) * 1024;
}

/** How many bytes of memory a process has in use. */
export function residentBytes(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/statm`, "utf8").split(" ")[1]) * PAGE_BYTES;
}

function childrenOf(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
  return children === "" ? [] : children.split(" ").map(Number);
}

function cpuOfLiving(pid: number): number {
  try {
    return cpuMs(pid);
  } catch {
    // It has just ended.
    return 0;
  }
}

/** The fields of /proc/PID/stat behind the command, which may itself hold spaces and brackets. */
function statOf(pid: number): string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
}
