import { judgeChange } from '../dist/guard/judge';

const calm = [2, 2.02, 1.98, 2.01, 1.99, 2.03, 1.97];
const scaled = (ratios: number[], factor: number) => ratios.map((ratio) => ratio * factor);

it('calls a clear fall worse, and a clear rise better', () => {
  expect(judgeChange(calm, scaled(calm, 0.8))).toMatchObject({ verdict: 'worse', allowed: 0.1 });
  expect(judgeChange(calm, scaled(calm, 1.3)).verdict).toBe('better');
});

it('lets small falls pass, however clear', () => {
  const { chance, verdict } = judgeChange(calm, scaled(calm, 0.95));
  expect(chance).toBeLessThan(0.01);
  expect(verdict).toBe('same');
});

it('allows as much as the rounds themselves vary', () => {
  const wild = [1, 3, 2, 1.4, 2.6, 1.2, 2.8];
  expect(judgeChange(wild, scaled(wild, 0.7))).toMatchObject({ verdict: 'same', allowed: 0.5 });
});

it('gives the same answer for the same numbers', () => {
  expect(judgeChange(calm, scaled(calm, 0.9))).toEqual(judgeChange(calm, scaled(calm, 0.9)));
});
