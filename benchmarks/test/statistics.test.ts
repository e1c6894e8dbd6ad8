import { compare, spread } from '../dist/statistics';

const sample = (wallUs: number, cpuUs: number) => ({ wallUs, cpuUs, switches: 0 });

it('takes median, middle half and range', () => {
  expect(spread([3, 1, 10, 4, 2])).toEqual({ median: 3, low: 2, high: 4, min: 1, max: 10 });
});

it('compares round by round, then takes the median', () => {
  // The machine was ten times slower in the last round, for both: the ratio does not care.
  const ours = [sample(10, 5), sample(10, 5), sample(100, 50)];
  const peer = [sample(20, 10), sample(30, 10), sample(200, 100)];
  const { timesFaster, cpuRatio } = compare(ours, peer);
  expect(timesFaster).toMatchObject({ median: 2, min: 2, max: 3 });
  expect(cpuRatio).toMatchObject({ median: 0.5, min: 0.5, max: 0.5 });
});
