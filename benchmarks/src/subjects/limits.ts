// No peers, and no promises: they stand in the report as the limit.
import path from 'node:path';
import { compileFloor, floorBinary } from '../peers/compile-floor';
import { ensureProgram } from '../peers/debian';
import type { Subject } from './subject';

const nodeSync: Subject = {
  name: 'node-sync',
  role: 'limit',
  about: "the host's readFileSync, statSync and readSync, one call after the other",
  command: ({ host, script }) => ({ program: host, args: script }),
  takesPart: ({ startSync }) => startSync !== undefined,
};

const floor: Subject = {
  name: 'floor',
  role: 'limit',
  about: 'plain system calls in C on one core, one after the other',
  prepare: compileFloor,
  command: ({ workload, folder }) => {
    if (!workload?.floor) throw new Error('the floor was asked for a row it has no op for');
    const { op, files } = workload.floor;
    const place = path.join(folder, files.name);
    return { program: floorBinary, args: [op, place, `${files.count}`, `${files.bytes}`] };
  },
  takesPart: ({ floor }) => floor !== undefined,
};

/** What the disk gives to a program in C that keeps as many reads in flight. */
const fio: Subject = {
  name: 'fio',
  role: 'limit',
  about: "fio's io_uring engine, for O_DIRECT (Debian package fio)",
  prepare: () => ensureProgram('fio', 'fio'),
  command: ({ host, folder }) => ({
    program: host,
    args: [path.resolve(__dirname, '../rows/fio-child.js'), folder],
  }),
  takesPart: ({ direct }) => direct === true,
};

export const limits: readonly Subject[] = [nodeSync, floor, fio];
