// {pds, cursor, until} -> {messages: [{type, seq, did, ops}]}: the repository stream up to the commit that made the
// record `until`.
import { lexicons } from '@atproto/api'
import { Subscription } from '@atproto/xrpc-server'
import { runTask } from './task.mjs'

const METHOD = 'com.atproto.sync.subscribeRepos'

await runTask(async ({ pds, cursor, until }) => {
  const service = pds.replace(/^http/, 'ws')
  const validate = (body) => lexicons.assertValidXrpcMessage(METHOD, body)
  const messages = []
  for await (const message of new Subscription({ service, method: METHOD, getParams: () => ({ cursor }), validate })) {
    const did = message.repo ?? message.did
    const ops = message.ops?.map(({ action, path }) => ({ action, path }))
    messages.push({ type: message.$type, seq: message.seq, did, ops })
    if (ops?.some((op) => `at://${did}/${op.path}` === until)) break
  }
  return { messages }
})
