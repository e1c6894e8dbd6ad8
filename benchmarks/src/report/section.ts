// From the samples of the rows to a section of the report.
import type { Measured } from '../rows/measure';
import { compare, figures } from '../statistics';
import type { Subject } from '../subjects/subject';
import { elsewhere, goalOf } from './goals';
import type { Line, Row, Section } from './model';
import { judge, type Roles } from './verdict';

export type Setting = Omit<Section, 'rows'>;

export function makeSection(
  measured: readonly Measured[],
  setting: Setting,
  subjects: readonly Subject[],
  ours: string,
): Section {
  const roles: Roles = Object.fromEntries(subjects.map(({ name, role }) => [name, { role }]));
  const otherPlace = setting.id === 'tmpfs' || setting.id === 'xfs';
  return { ...setting, rows: measured.map((row) => rowOf(row, ours, roles, otherPlace)) };
}

function rowOf(measured: Measured, ours: string, roles: Roles, otherPlace: boolean): Row {
  const { row, failures } = measured;
  const subjects = linesOf(measured, ours);
  const goal = otherPlace ? elsewhere : goalOf(row);
  const verdict = goal && subjects[ours] && roles[ours].role === 'ours' && judge(goal, subjects, roles);
  return { row, subjects, failures, ...(verdict && { verdict }) };
}

function linesOf({ samples, delays }: Measured, ours: string): Record<string, Line> {
  const own = samples[ours];
  const lines = Object.entries(samples).map(([subject, list]): [string, Line] => [
    subject,
    {
      ...figures(list),
      ...(subject !== ours && own && { comparison: compare(own, list) }),
      ...(delays[subject] && { delay: delays[subject] }),
      samples: list,
    },
  ]);
  return Object.fromEntries(lines);
}
