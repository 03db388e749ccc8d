// Turn a function into a program: its argument is the JSON on standard input, its result the JSON on standard output.
import { text } from 'node:stream/consumers'

const TIME_LIMIT_MS = 60_000

/** Run `work(input)`; an error or a run of more than a minute ends in exit code 1 and a line on standard error. */
export async function runTask(work) {
  const timer = setTimeout(() => fail(new Error(`not finished after ${TIME_LIMIT_MS} ms`)), TIME_LIMIT_MS)
  try {
    const result = await work(JSON.parse(await text(process.stdin)))
    clearTimeout(timer)
    process.stdout.write(JSON.stringify(result) + '\n', () => process.exit(0))
  } catch (error) {
    fail(error)
  }
}

function fail(error) {
  process.stderr.write(`${error?.stack ?? error}\n`, () => process.exit(1))
}
