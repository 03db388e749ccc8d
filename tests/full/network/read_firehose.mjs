// {pds, cursor, until} -> {messages: [{type, seq, did, time}]}: what the repository stream gives up to the seq of the
// commit that made the record `until`.
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
    messages.push({ type: message.$type, seq: message.seq, did, time: message.time })
    if (message.ops?.some((op) => `at://${did}/${op.path}` === until)) break
  }
  return { messages }
})
