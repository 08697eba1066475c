// Opens and seals with HPKE of another author (npm: hpke, @panva/hpke-noble), as a check on hansa.kernel.hpke.
// Standard input: {"seed", "public", "cases": [{"data", "info"}], "seal": [{"plain", "info"}]}, all base64.
// Standard output: {"public", "opened": [base64 or null], "sealed": [base64]}.
// argv[2] is the folder of node_modules in which both packages were installed.
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { readFileSync } from 'node:fs'

const from = createRequire(pathToFileURL(process.argv[2] + '/'))
const load = async (name) => import(pathToFileURL(from.resolve(name)).href)
const HPKE = await load('hpke')
const noble = await load('@panva/hpke-noble')

const bytes = (text) => new Uint8Array(Buffer.from(text, 'base64'))
const text = (data) => Buffer.from(data).toString('base64')
const suite = new HPKE.CipherSuite(
  noble.KEM_MLKEM768_X25519,
  HPKE.KDF_HKDF_SHA256,
  noble.AEAD_ChaCha20Poly1305,
)
const asked = JSON.parse(readFileSync(0, 'utf8'))
const own = await suite.DeserializePrivateKey(bytes(asked.seed), true)
const size = suite.KEM.Nenc
const opened = []
for (const one of asked.cases) {
  const data = bytes(one.data)
  try {
    opened.push(text(await suite.Open(own, data.slice(0, size), data.slice(size), { info: bytes(one.info) })))
  } catch {
    opened.push(null)
  }
}
const reader = await suite.DeserializePublicKey(bytes(asked.public))
const sealed = []
for (const one of asked.seal) {
  const made = await suite.Seal(reader, bytes(one.plain), { info: bytes(one.info) })
  sealed.push(Buffer.concat([made.encapsulatedSecret, made.ciphertext]).toString('base64'))
}
console.log(JSON.stringify({ opened, sealed }))
