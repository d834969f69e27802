import { createPrivateKey, createPublicKey } from 'node:crypto'
import t from 'tap'
import { keyFile } from '../../src/repository/key-ring.js'
import { makeKey, openKey, publicKey, signingKey } from '../../src/repository/keys.js'
import { isLocked, pemOf } from '../../src/repository/sealed-pem.js'

/** RFC 8032 section 7.1, test 1: seed and public key. */
const SEED = '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60'
const PUBLIC = 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a'
/** SHA-256 of the canonical JSON of that public key, by Python's hashlib and json. */
const KEY_ID = '74c181c7ad8a0855d4b55e44d2ba87aabdddb196832571f15f92fece332e4916'

const ofSeed = () => createPrivateKey({ key: Buffer.from(`302e020100300506032b657004220420${SEED}`, 'hex'), format: 'der', type: 'pkcs8' })

t.test('keys have the ids of TUF, and sign as RFC 8032 says', async (t) => {
  const key = signingKey(ofSeed())
  t.match(key.key, { keyID: KEY_ID, keyType: 'ed25519', scheme: 'ed25519', keyVal: { public: PUBLIC } })
  t.equal(publicKey(createPublicKey(ofSeed())).keyID, key.id)
  t.match(key.sign(new Uint8Array()).sig, /^e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155/)
})

t.test('a locked file opens with its passphrase alone, and two of the same key differ', async (t) => {
  const { privateKey } = signingKey(ofSeed())
  const pem = pemOf(privateKey, 'words of mine')
  t.ok(isLocked(pem))
  t.notOk(isLocked(pemOf(privateKey, null)))
  t.not(pemOf(privateKey, 'words of mine'), pem, 'salt and start are drawn anew')
  t.match(await openKey(pem, 'k.pem', async () => 'words of mine'), { signing: { id: KEY_ID } })
  await t.rejects(
    openKey(pem, 'k.pem', async () => 'other words'),
    { code: 'KEY_LOCKED', where: 'k.pem', seen: 'another passphrase' },
  )
  await t.rejects(
    openKey(pem, 'k.pem', async () => null),
    { code: 'KEY_LOCKED', seen: 'no passphrase', cure: /--passphrase-file/ },
  )
  const der = Buffer.from(pem.replace(/-----.*-----/g, ''), 'base64').toString('hex')
  t.match(der, '06092a864886f70d01050d', 'PBES2')
  t.match(der, /06092b06010401da47040b301c0410[0-9a-f]{32}02024000020108020105/, 'scrypt with N 16384, r 8, p 5')
})

t.test('what is no ed25519 key is refused; a public key can be named, not signed with', async (t) => {
  const { publicKey: rsa, privateKey } = (await import('node:crypto')).generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const none = async () => null
  await t.rejects(openKey(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), 'k.pem', none), {
    code: 'REPOSITORY_INVALID',
    seen: 'a key of the kind ec',
  })
  await t.rejects(openKey(rsa.export({ type: 'spki', format: 'pem' }).toString(), 'k.pem', none), { code: 'REPOSITORY_INVALID' })
  await t.rejects(openKey('nothing', 'k.pem', none), { code: 'REPOSITORY_INVALID', cure: /openssl genpkey/ })
  const open = await openKey(createPublicKey(ofSeed()).export({ type: 'spki', format: 'pem' }).toString(), 'k.pub.pem', none)
  t.match(open, { key: { keyID: KEY_ID }, signing: null })
})

t.test('a key file is for its owner alone and named after role and key', async (t) => {
  const key = makeKey()
  t.match(keyFile('/keys', 'root', key, null), { path: `/keys/root-${key.id.slice(0, 16)}.pem`, mode: 0o600 })
})
