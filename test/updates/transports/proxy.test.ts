import t from 'tap'
import { authorization, type ProxyVariables, proxyFor } from '../../../src/updates/transports/proxy.js'

const chosen = (url: string, variables: ProxyVariables): string | null => proxyFor(new URL(url), variables)?.host ?? null
const BOTH = { http_proxy: 'http://plain:3128', https_proxy: 'secure:3129' }

t.test('each scheme has its own proxy, with or without http:// before it', async (t) => {
  t.equal(chosen('http://repo.example/', BOTH), 'plain:3128')
  t.equal(chosen('https://repo.example/', BOTH), 'secure:3129')
  t.equal(chosen('https://repo.example/', { http_proxy: 'http://plain:3128' }), null)
  t.equal(chosen('http://repo.example/', { http_proxy: '' }), null)
})

t.test('small letters win over capitals', async (t) => {
  t.equal(chosen('http://a.example/', { HTTP_PROXY: 'http://capital:1' }), 'capital:1')
  t.equal(chosen('http://a.example/', { HTTP_PROXY: 'http://capital:1', http_proxy: 'http://small:1' }), 'small:1')
  t.equal(chosen('https://a.example/', { HTTPS_PROXY: 'http://capital:1', NO_PROXY: 'a.example' }), null)
})

for (const [no_proxy, url, direct] of [
  ['repo.example', 'http://repo.example/', true],
  ['repo.example', 'http://eu.repo.example/', true],
  ['.repo.example', 'http://repo.example/', true],
  ['*.repo.example', 'http://eu.repo.example/', true],
  ['repo.example', 'http://notrepo.example/', false],
  ['a.example, REPO.example', 'http://repo.example/', true],
  ['repo.example:8080', 'http://repo.example:8080/', true],
  ['repo.example:8080', 'http://repo.example/', false],
  ['repo.example:443', 'https://repo.example/', true],
  ['*', 'https://repo.example/', true],
  ['127.0.0.1', 'http://127.0.0.1:8000/', true],
  ['', 'http://repo.example/', false],
  [' , ', 'http://repo.example/', false],
] as const)
  t.test(`no_proxy "${no_proxy}": ${url} goes ${direct ? 'straight' : 'by the proxy'}`, async (t) => {
    t.equal(chosen(url, { ...BOTH, no_proxy }) === null, direct)
  })

t.test('a proxy of another kind is refused with the kind that is spoken', async (t) => {
  for (const http_proxy of ['socks5://proxy:1080', 'https://proxy:443', 'http://'])
    t.throws(() => chosen('http://a.example/', { http_proxy }), { code: 'CONFIG_INVALID', message: /http_proxy.*http:\/\/HOST:PORT/ })
})

t.test('user information becomes a header', async (t) => {
  t.equal(authorization(new URL('http://host/')), null)
  t.equal(authorization(new URL('http://a%40b:c%3Ad@host/')), `Basic ${Buffer.from('a@b:c:d').toString('base64')}`)
  t.equal(authorization(new URL('http://:token@host/')), 'Bearer token')
})
