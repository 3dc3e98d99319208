import { canonicalDecimal } from "../../../src/items";

test.each([
  ["1", "1.0", "001", "1e0", "0.1e1", "10e-1", "+1"],
  ["-12.5", "-12.50", "-1.25e1", "-125E-1"],
  ["0", "-0", "0.00", "0e5", ".0"],
  ["100", "1e2", "1E+2", "1e+2"],
  ["0.001", "1e-3", ".001"],
  ["99999999999999999999999999999999999999", "9.9999999999999999999999999999999999999e37"],
])("%s equals its other spellings", (...spellings) => {
  expect(new Set(spellings.map(canonicalDecimal)).size).toBe(1);
});

test("numbers that a JavaScript number can't tell apart stay apart", () => {
  const near = ["9007199254740992", "9007199254740993", "-9007199254740993", "900719925474099.3"];
  expect(new Set(near.map(canonicalDecimal)).size).toBe(near.length);
});

test.each([
  ["-12.50", "-125e-1"],
  ["12.5", "125e-1"],
  ["100", "1e2"],
  ["5", "5e0"],
  ["0.00", "0"],
])("%s is written as %s", (text, spelling) => {
  expect(canonicalDecimal(text)).toBe(spelling);
});

test("zeros inside a number count", () => {
  const zeros = ["1001", "1100", "1010", "10010", "1.001", "1.01"];
  expect(new Set(zeros.map(canonicalDecimal)).size).toBe(zeros.length);
});

test.each(["", "-", ".", "e5", "NaN", "1,5", "1e", "0x10"])("%j is no number and stays", (text) => {
  expect(canonicalDecimal(text)).toBe(text);
});
