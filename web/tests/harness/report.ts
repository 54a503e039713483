/** Tells a measurement beside the results of the tests. */
export function report(line: string): void {
  process.stdout.write(`  measured: ${line}\n`);
}
