// {labeler, plc, did, uri} -> {labels}: what queryLabels answers for one subject, each label checked.
import { AtpAgent } from '@atproto/api'
import { checkLabel, labelKeyOf } from './label_check.mjs'
import { runTask } from './task.mjs'

await runTask(async ({ labeler, plc, did, uri }) => {
  const key = await labelKeyOf(plc, did)
  const agent = new AtpAgent({ service: labeler })
  const { data } = await agent.com.atproto.label.queryLabels({ uriPatterns: [uri], sources: [did] })
  return { labels: await Promise.all(data.labels.map((label) => checkLabel(label, key))) }
})
