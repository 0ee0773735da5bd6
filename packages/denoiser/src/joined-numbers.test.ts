import { joinedNumbers } from './joined-numbers';

it('puts arrays behind one another, in an array of their kind', () => {
  expect(joinedNumbers([Float32Array.of(1, 2), Float32Array.of(), Float32Array.of(3)], Float32Array)).toEqual(
    Float32Array.of(1, 2, 3),
  );
  expect(joinedNumbers([], Float64Array)).toEqual(new Float64Array());
});
