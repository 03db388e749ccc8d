// Check a label as any consumer would: the official lexicon, then the signature by the key in its source's document.
import { ComAtprotoLabelDefs } from '@atproto/api'
import { cborEncode, getVerificationMaterial } from '@atproto/common'
import { verifySignature } from '@atproto/crypto'
import { DidResolver, getDidKeyFromMultibase } from '@atproto/identity'

/** did:key of the document's #atproto_label. */
export async function labelKeyOf(plc, did) {
  const document = await new DidResolver({ plcUrl: plc }).ensureResolve(did)
  const material = getVerificationMaterial(document, 'atproto_label')
  if (material === undefined) throw new Error(`${did} has no #atproto_label key`)
  return getDidKeyFromMultibase(material)
}

/** The label with its signature as hex and the two verdicts; a label that the lexicon refuses raises. */
export async function checkLabel(label, key) {
  const checked = ComAtprotoLabelDefs.validateLabel(label)
  if (!checked.success) throw checked.error
  const { sig, $type: _type, ...signed } = label
  const verified = await verifySignature(key, cborEncode(signed), sig)
  return { ...signed, sig: Buffer.from(sig).toString('hex'), verified }
}
