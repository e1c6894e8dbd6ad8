// The lanes that were seen to serve a function, in words. A survey is what packages/fs-compat/test/lanes found on one
// Node and filesystem: {lanes: {auto: {functions: {readFile: ['cached']}, members: {...}}, ring: ..., ...}}.
import { Stop } from './run.mjs';

const words = { cached: 'cached', ring: 'ring', blocking: 'pool' };

/** The lanes by default, and those that serve it when they are preferred. */
function lanesOf(survey, kind, name) {
  const served = (lane) => survey.lanes[lane]?.[kind][name];
  if (served('auto') === undefined) return undefined;
  const byDefault = served('auto');
  const others = Object.keys(words).filter(
    (word) =>
      !byDefault.includes(word) && Object.keys(survey.lanes).some((lane) => served(lane)?.includes(word)),
  );
  if (byDefault.length === 0) return 'Node';
  return [...byDefault.map((lane) => `**${words[lane]}**`), ...others.map((lane) => words[lane])].join(', ');
}

/** One cell for all these names, on every Node that has them; stops where they are not alike. */
export function lanesCell(surveys, kind, names) {
  const byLanes = new Map();
  for (const name of names) {
    for (const survey of surveys) {
      const lanes = lanesOf(survey, kind, name);
      if (lanes !== undefined)
        byLanes.set(lanes, [...(byLanes.get(lanes) ?? []), `${name} on ${survey.major}`]);
    }
  }
  if (byLanes.size !== 1) {
    const found = [...byLanes].map(([lanes, who]) => `${lanes}: ${who.join(', ')}`);
    throw new Stop(
      `one line of the template for different things (${names.join(', ')}):\n${found.join('\n')}`,
    );
  }
  return [...byLanes.keys()][0];
}

/** The functions and members of which surveys know and that have no line in the template, made or written by hand. */
export function uncovered(surveys, named, template) {
  const byHand = (name) => new RegExp(`^\\| .*\`${name}\``, 'm').test(template);
  const known = (kind) => new Set(surveys.flatMap(({ lanes }) => Object.keys(lanes.auto?.[kind] ?? {})));
  return Object.keys(named).flatMap((kind) =>
    [...known(kind)].filter((name) => !named[kind].has(name) && !byHand(name)),
  );
}
