// {pds, did, service, admin, person, author, post} -> {calls}: call the moderation methods as the reference client does,
// a moderator's calls through the PDS's proxy, as a web client's are; every answer is checked against its lexicon by the
// client. `admin` is a team admin, `person` anybody, `author` and `post` are what is moderated.
import assert from 'node:assert/strict'
import { AtpAgent } from '@atproto/api'
import { runTask } from './task.mjs'

const DEFS = 'tools.ozone.moderation.defs'
const REASON = 'com.atproto.moderation.defs'

async function signedIn(pds, account, did) {
  const agent = new AtpAgent({ service: pds })
  await agent.login({ identifier: account.handle, password: account.password })
  return agent.withProxy('atproto_labeler', did)
}

await runTask(async ({ pds, did, service, admin, person, author, post }) => {
  const desk = (await signedIn(pds, admin, did)).tools.ozone
  const anybody = await signedIn(pds, person, did)
  const owner = await signedIn(pds, author, did)
  const open = new AtpAgent({ service })
  const calls = []

  async function call(name, run, check = () => {}) {
    try {
      const answer = await run()
      check(answer.data)
      calls.push(name)
      return answer.data
    } catch (error) {
      error.message = `${name}: ${error.message}`
      throw error
    }
  }

  async function refused(name, run, error) {
    await assert.rejects(run, (found) => (assert.equal(found.error, error, `${name}: ${found.message}`), true))
    calls.push(`${name} -> ${error}`)
  }

  const account = { $type: 'com.atproto.admin.defs#repoRef', did: author.did }
  const record = { $type: 'com.atproto.repo.strongRef', uri: post.uri, cid: post.cid }
  const emit = (event, subject = record, rest = {}) =>
    desk.moderation.emitEvent({
      event: { ...event, $type: `${DEFS}#${event.$type}` },
      subject,
      createdBy: admin.did,
      ...rest,
    })
  const status = async (subject) =>
    (await desk.moderation.queryStatuses({ subject, includeMuted: true })).data.subjectStatuses[0]

  // Server and reports
  await call('server.getConfig', () => desk.server.getConfig({}), (data) =>
    assert.equal(data.viewer.role, 'tools.ozone.team.defs#roleAdmin'),
  )
  await refused('server.getConfig of a stranger', () => anybody.tools.ozone.server.getConfig({}), 'AuthenticationRequired')
  const report = await call('moderation.createReport', () =>
    anybody.com.atproto.moderation.createReport({
      reasonType: `${REASON}#reasonSpam`,
      reason: 'buy, buy',
      subject: record,
    }),
  )
  await call('moderation.createReport of an account', () =>
    anybody.com.atproto.moderation.createReport({ reasonType: `${REASON}#reasonRude`, subject: account }),
  )

  // Statuses and events
  await call('moderation.queryStatuses', () => desk.moderation.queryStatuses({ subject: post.uri }), (data) => {
    assert.equal(data.subjectStatuses.length, 1)
    assert.equal(data.subjectStatuses[0].reviewState, `${DEFS}#reviewOpen`)
  })
  await call('moderation.queryStatuses open, by priority', () =>
    desk.moderation.queryStatuses({ reviewState: `${DEFS}#reviewOpen`, sortField: 'priorityScore', limit: 10 }),
  )
  await call('emitEvent tag', () => emit({ $type: 'modEventTag', add: ['lang:en', 'seen'], remove: [] }))
  await call('moderation.queryStatuses by tags', () => desk.moderation.queryStatuses({ tags: ['seen && lang:en'] }), (data) =>
    assert.equal(data.subjectStatuses.length, 1),
  )
  await call('emitEvent untag', () => emit({ $type: 'modEventTag', add: [], remove: ['seen'] }))
  await call('emitEvent comment', () => emit({ $type: 'modEventComment', comment: 'look at this', sticky: true }))
  assert.equal((await status(post.uri)).comment, 'look at this')
  await call('emitEvent priority', () => emit({ $type: 'modEventPriorityScore', score: 80 }))
  assert.equal((await status(post.uri)).priorityScore, 80)
  await call('emitEvent mute', () => emit({ $type: 'modEventMute', durationInHours: 2 }))
  assert.ok((await status(post.uri)).muteUntil)
  await call('emitEvent unmute', () => emit({ $type: 'modEventUnmute' }))
  await call('emitEvent escalate', () => emit({ $type: 'modEventEscalate' }))
  await call('emitEvent label', () =>
    emit({ $type: 'modEventLabel', createLabelVals: ['spam'], negateLabelVals: [] }),
  )
  await call('emitEvent acknowledge', () => emit({ $type: 'modEventAcknowledge', comment: 'done' }))
  assert.equal((await status(post.uri)).reviewState, `${DEFS}#reviewClosed`)
  await call('emitEvent mute reporter', () =>
    emit({ $type: 'modEventMuteReporter', durationInHours: 1 }, { ...account, did: person.did }),
  )
  await call('emitEvent unmute reporter', () =>
    emit({ $type: 'modEventUnmuteReporter' }, { ...account, did: person.did }),
  )
  const takedown = await call('emitEvent takedown', () =>
    emit({ $type: 'modEventTakedown', comment: 'spam', policies: ['spam'], durationInHours: 24 }, account),
  )
  await refused('emitEvent takedown twice', () => emit({ $type: 'modEventTakedown' }, account), 'SubjectHasAction')
  await call('emitEvent reverse takedown', () => emit({ $type: 'modEventReverseTakedown' }, account))
  await call('createReport, an appeal', () =>
    owner.com.atproto.moderation.createReport({ reasonType: `${REASON}#reasonAppeal`, reason: 'not spam', subject: record }),
  )
  assert.equal((await status(post.uri)).appealed, true)
  await refused('createReport, a second appeal', () =>
    owner.com.atproto.moderation.createReport({ reasonType: `${REASON}#reasonAppeal`, subject: record }),
    'AlreadyAppealed',
  )
  await call('emitEvent resolve appeal', () => emit({ $type: 'modEventResolveAppeal', comment: 'you are right' }))
  await call('emitEvent account event', () =>
    emit({ $type: 'accountEvent', active: true, timestamp: new Date().toISOString() }, account),
  )
  await call('moderation.queryEvents', () => desk.moderation.queryEvents({ subject: post.uri }), (data) =>
    assert.ok(data.events.length >= 10),
  )
  await call('moderation.queryEvents by type and label', () =>
    desk.moderation.queryEvents({ types: [`${DEFS}#modEventLabel`], addedLabels: ['spam'] }), (data) =>
    assert.equal(data.events.length, 1),
  )
  await call('moderation.getEvent', () => desk.moderation.getEvent({ id: takedown.id }))
  await call('moderation.getRecord', () => desk.moderation.getRecord({ uri: post.uri, cid: post.cid }))
  await call('moderation.getRecords', () => desk.moderation.getRecords({ uris: [post.uri] }))
  await call('moderation.getRepo', () => desk.moderation.getRepo({ did: author.did }))
  await call('moderation.getRepos', () => desk.moderation.getRepos({ dids: [author.did, 'did:plc:aaaaaaaaaaaaaaaaaaaaaaaa'] }))
  await call('moderation.getSubjects', () => desk.moderation.getSubjects({ subjects: [author.did, post.uri] }))
  await call('moderation.getReporterStats', () => desk.moderation.getReporterStats({ dids: [person.did] }))
  await call('moderation.getAccountTimeline', () => desk.moderation.getAccountTimeline({ did: author.did }))

  // Scheduled actions
  await call('moderation.scheduleAction', () =>
    desk.moderation.scheduleAction({
      action: { $type: 'tools.ozone.moderation.scheduleAction#takedown', comment: 'later' },
      subjects: [person.did],
      createdBy: admin.did,
      scheduling: { executeAt: new Date(Date.now() + 3_600_000).toISOString() },
    }), (data) => assert.deepEqual(data.succeeded, [person.did]),
  )
  await call('moderation.listScheduledActions', () => desk.moderation.listScheduledActions({ statuses: ['pending'] }), (data) =>
    assert.equal(data.actions.length, 1),
  )
  await call('moderation.cancelScheduledActions', () =>
    desk.moderation.cancelScheduledActions({ subjects: [person.did] }), (data) =>
    assert.deepEqual(data.succeeded, [person.did]),
  )

  // Queues and tickets
  const { queue } = await call('queue.createQueue', () =>
    desk.queue.createQueue({
      name: 'Spam in posts',
      subjectTypes: ['record'],
      collection: 'app.bsky.feed.post',
      reportTypes: [`${REASON}#reasonSpam`],
    }),
  )
  await call('queue.listQueues', () => desk.queue.listQueues({}), (data) => assert.equal(data.queues.length, 1))
  await call('queue.updateQueue', () => desk.queue.updateQueue({ queueId: queue.id, name: 'Spam' }))
  await call('queue.assignModerator', () => desk.queue.assignModerator({ queueId: queue.id, did: admin.did }))
  await call('queue.getAssignments', () => desk.queue.getAssignments({}), (data) =>
    assert.equal(data.assignments.length, 1),
  )
  await call('queue.unassignModerator', () => desk.queue.unassignModerator({ queueId: queue.id, did: admin.did }))
  await call('queue.routeReports', () => desk.queue.routeReports({ startReportId: 1, endReportId: 1_000 }))
  await call('report.queryReports', () => desk.report.queryReports({ status: 'closed' }), (data) =>
    assert.ok(data.reports.some(({ id }) => id === report.id)),
  )
  await call('report.getReport', () => desk.report.getReport({ id: report.id }), (data) =>
    assert.equal(data.reportedBy, person.did),
  )
  await call('report.getLatestReport', () => desk.report.getLatestReport({}))
  await call('report.assignModerator', () => desk.report.assignModerator({ reportId: report.id, did: admin.did }))
  await call('report.getAssignments', () => desk.report.getAssignments({}))
  await call('report.createActivity', () =>
    desk.report.createActivity({
      reportId: report.id,
      activity: { $type: 'tools.ozone.report.defs#noteActivity' },
      internalNote: 'seen',
    }),
  )
  await call('report.listActivities', () => desk.report.listActivities({ reportId: report.id }), (data) =>
    assert.ok(data.activities.length >= 1),
  )
  await call('report.unassignModerator', () => desk.report.unassignModerator({ reportId: report.id }))
  await call('report.getLiveStats', () => desk.report.getLiveStats({}))
  await call('report.getHistoricalStats', () => desk.report.getHistoricalStats({}))

  // Templates, sets, settings
  const template = await call('communication.createTemplate', () =>
    desk.communication.createTemplate({ name: 'Spam', contentMarkdown: 'Please **stop**.', subject: 'Your posts' }),
  )
  await call('communication.updateTemplate', () =>
    desk.communication.updateTemplate({ id: template.id, disabled: true }),
  )
  await call('communication.listTemplates', () => desk.communication.listTemplates({}), (data) =>
    assert.equal(data.communicationTemplates.length, 1),
  )
  await call('communication.deleteTemplate', () => desk.communication.deleteTemplate({ id: template.id }))
  await call('set.upsertSet', () => desk.set.upsertSet({ name: 'bad-domains', description: 'seen in spam' }))
  await call('set.addValues', () => desk.set.addValues({ name: 'bad-domains', values: ['a.example', 'b.example'] }))
  await call('set.getValues', () => desk.set.getValues({ name: 'bad-domains' }), (data) =>
    assert.equal(data.set.setSize, 2),
  )
  await call('set.deleteValues', () => desk.set.deleteValues({ name: 'bad-domains', values: ['a.example'] }))
  await call('set.querySets', () => desk.set.querySets({}))
  await call('set.deleteSet', () => desk.set.deleteSet({ name: 'bad-domains' }))
  await call('setting.upsertOption', () =>
    desk.setting.upsertOption({
      scope: 'personal',
      key: 'tools.ozone.setting.client.queues',
      value: { order: [1, 2] },
    }),
  )
  await call('setting.listOptions', () => desk.setting.listOptions({ scope: 'personal' }), (data) =>
    assert.equal(data.options.length, 1),
  )
  await call('setting.removeOptions', () =>
    desk.setting.removeOptions({ scope: 'personal', keys: ['tools.ozone.setting.client.queues'] }),
  )

  // Safelinks, team, verification
  await call('safelink.addRule', () =>
    desk.safelink.addRule({ url: 'bad.example', pattern: 'domain', action: 'block', reason: 'phishing', comment: 'x' }),
  )
  await call('safelink.updateRule', () =>
    desk.safelink.updateRule({ url: 'bad.example', pattern: 'domain', action: 'warn', reason: 'spam' }),
  )
  await call('safelink.queryRules', () => desk.safelink.queryRules({}), (data) => assert.equal(data.rules.length, 1))
  await call('safelink.queryEvents', () => desk.safelink.queryEvents({}), (data) => assert.equal(data.events.length, 2))
  await call('safelink.removeRule', () => desk.safelink.removeRule({ url: 'bad.example', pattern: 'domain' }))
  await call('team.addMember', () =>
    desk.team.addMember({ did: person.did, role: 'tools.ozone.team.defs#roleTriage' }),
  )
  await call('team.updateMember', () =>
    desk.team.updateMember({ did: person.did, role: 'tools.ozone.team.defs#roleModerator' }),
  )
  await call('team.listMembers', () => desk.team.listMembers({}), (data) => assert.ok(data.members.length >= 2))
  await call('team.deleteMember', () => desk.team.deleteMember({ did: person.did }))
  await call('verification.listVerifications', () => desk.verification.listVerifications({}))

  // Labels, which everybody may read
  await call('label.queryLabels', () => open.com.atproto.label.queryLabels({ uriPatterns: [post.uri] }), (data) =>
    assert.deepEqual(data.labels.map((label) => label.val), ['spam']),
  )
  await call('temp.fetchLabels', () => open.com.atproto.temp.fetchLabels({}))
  return { calls }
})
