// A certified issuer of OpenID Connect (npm: oidc-provider) on a free port of this machine, for the
// tests of logging in by JWT, and what somebody forges who knows its public keys:
//
//   npm install --prefix target/oidc oidc-provider@9.13.3
//   node deploy/local/issuer.mjs target/oidc
//
// It prints its URL. Each line that it reads is answered by one:
//   token ROLE ALGORITHM   what its token endpoint gives a client of this role
//   forge NAME             a token with the role admin that nobody may accept
//   rotate                 other keys, at once
//   away, back             whether it answers
//   fetches                how often its keys were asked for

import { createServer } from 'node:http';
import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { createInterface } from 'node:readline';
import { join, resolve } from 'node:path';

// What the library has to say of its settings is not for those who read the answers.
console.info = console.warn = () => {};

const modules = join(resolve(process.argv[2]), 'node_modules');
const { default: Provider } = await import(join(modules, 'oidc-provider/lib/index.js'));
const { SignJWT } = await import(join(modules, 'jose/dist/webapi/index.js'));

const AUDIENCE = 'data-emulator';
const KINDS = {
  RS256: ['rsa', { modulusLength: 2048 }],
  PS256: ['rsa', { modulusLength: 2048 }],
  ES256: ['ec', { namedCurve: 'P-256' }],
  EdDSA: ['ed25519', {}],
};

let keys, handler, url;
let isAway = false;
let fetches = 0;
let turn = 0;

function rotate() {
  turn += 1;
  keys = {};
  for (const [algorithm, [kind, options]] of Object.entries(KINDS)) {
    const { privateKey } = generateKeyPairSync(kind, options);
    const kid = `${algorithm}-${turn}`;
    keys[algorithm] = { privateKey, kid, jwk: { ...privateKey.export({ format: 'jwk' }), kid, alg: algorithm, use: 'sig' } };
  }
  const info = (algorithm) => ({
    audience: AUDIENCE,
    scope: 'api',
    accessTokenFormat: 'jwt',
    accessTokenTTL: 300,
    jwt: { sign: { alg: algorithm } },
  });
  const client = (role) => ({
    client_id: role,
    client_secret: 'a secret of the tests',
    grant_types: ['client_credentials'],
    redirect_uris: [],
    response_types: [],
  });
  const provider = new Provider(url, {
    clients: ['viewer', 'operator', 'admin', 'nobody'].map(client),
    jwks: { keys: Object.values(keys).map((key) => key.jwk) },
    enabledJWA: { idTokenSigningAlgValues: Object.keys(KINDS) },
    extraTokenClaims: (_, token) => ({ roles: [token.clientId] }),
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_, resource) => info(resource.split('/').pop()),
      },
    },
  });
  handler = provider.callback();
}

const server = createServer((request, response) => {
  if (request.url.startsWith('/jwks')) fetches += 1;
  if (isAway) return response.writeHead(503).end();
  return handler(request, response);
});

async function token(role, algorithm) {
  const body = new URLSearchParams({ grant_type: 'client_credentials', resource: `https://emulator/${algorithm}` });
  const login = Buffer.from(`${role}:${encodeURIComponent('a secret of the tests')}`).toString('base64');
  const answer = await fetch(`${url}/token`, { method: 'POST', body, headers: { authorization: `Basic ${login}` } });
  const text = await answer.json();
  return text.access_token ?? `error ${JSON.stringify(text)}`;
}

const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');

// As a token of the issuer, but for `changes`.
function signed(changes, header = {}, key = keys.RS256.privateKey) {
  const now = Math.floor(Date.now() / 1000);
  const claims = { iss: url, aud: AUDIENCE, sub: 'mallory', exp: now + 300, iat: now, roles: ['admin'], ...changes };
  return new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: keys.RS256.kid, ...header }).sign(key);
}

const bytes = (text) => new TextEncoder().encode(text);
const pem = (type) => createPublicKey(keys.RS256.privateKey).export({ type, format: 'pem' });
const own = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
const hs256 = { alg: 'HS256', kid: undefined };
const FORGED = {
  good: () => signed({}),
  expired: () => signed({ exp: Math.floor(Date.now() / 1000) - 120 }),
  early: () => signed({ nbf: Math.floor(Date.now() / 1000) + 300 }),
  issuer: () => signed({ iss: `${url}/` }),
  audience: () => signed({ aud: 'another' }),
  endless: () => signed({ exp: undefined }),
  stranger: () => signed({}, {}, own),
  unknown: () => signed({}, { kid: 'unknown' }),
  none: () => `${part({ alg: 'none', kid: keys.RS256.kid })}.${part({ iss: url, aud: AUDIENCE, sub: 'm', exp: 9999999999, roles: ['admin'] })}.`,
  pem: () => signed({}, { ...hs256, kid: keys.RS256.kid }, bytes(pem('spki'))),
  pkcs1: () => signed({}, { ...hs256, kid: keys.RS256.kid }, bytes(pem('pkcs1'))),
  nameless: () => signed({}, hs256, bytes(pem('spki'))),
  altered: async () => {
    const [header, claims, signature] = (await token('viewer', 'RS256')).split('.');
    const changed = { ...JSON.parse(Buffer.from(claims, 'base64url')), roles: ['admin'] };
    return [header, part(changed), signature].join('.');
  },
};

await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
url = `http://127.0.0.1:${server.address().port}`;
rotate();
console.log(url);
for await (const line of createInterface({ input: process.stdin })) {
  const [word, ...rest] = line.split(' ');
  if (word === 'token') console.log(await token(...rest));
  if (word === 'forge') console.log(await FORGED[rest[0]]());
  if (word === 'rotate') rotate();
  if (word === 'away' || word === 'back') isAway = word === 'away';
  if (word === 'fetches') console.log(fetches);
  if (['rotate', 'away', 'back'].includes(word)) console.log('done');
}
process.exit(0);
