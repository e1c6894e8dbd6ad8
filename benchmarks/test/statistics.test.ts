import { compare, spread } from '../dist/statistics';

const sample = (wallUs: number, cpuUs: number) => ({ wallUs, cpuUs, switches: 0 });

it('takes median and range', () => {
  expect(spread([3, 1, 10])).toEqual({ median: 3, min: 1, max: 10 });
});

it('compares round by round, then takes the median', () => {
  // The machine was ten times slower in the last round, for both: the ratio does not care.
  const ours = [sample(10, 5), sample(10, 5), sample(100, 50)];
  const peer = [sample(20, 10), sample(30, 10), sample(200, 100)];
  expect(compare(ours, peer)).toEqual({
    timesFaster: { median: 2, min: 2, max: 3 },
    cpuRatio: { median: 0.5, min: 0.5, max: 0.5 },
  });
});
