// The npm package oidc-provider, a certified OpenID provider, with Entra's paths and three clients. What it decides is its
// own: grants, PKCE, assertions, rotation and reuse of refresh tokens, its pages. Only Entra's wording is translated.
//
// usage: provider.js DIR TENANT
//
// DIR holds server.pem and server.key for HTTPS, app.pem, the certificate of one app, and `secret`, that of another.
// Written to it: `url` once the provider listens, and `events`, one line for each thing that happens. `lifetime` is read
// from it for each access token: how many seconds it lives. It ends when standard input does.

import { X509Certificate, createHash, randomUUID } from 'node:crypto';
import { appendFileSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { join } from 'node:path';

import Provider, { errors } from 'oidc-provider';

const [dir, tenant] = process.argv.slice(2);
const read = (name) => readFileSync(join(dir, name));

// Entra names a resource by its scope, RFC 8707 by a parameter of its own.
const resourceOf = (scope = '') => scope.split(' ').find((one) => one.endsWith('/.default'))?.slice(0, -'/.default'.length);

// Entra gives a refresh token to whoever has the scope offline_access; OpenID Connect wants prompt=consent for it
// (Core section 11). The account chooser has no page here.
function translate(request) {
  const url = new URL(request.url, 'https://localhost');
  if (url.pathname.endsWith('/oauth2/v2.0/authorize')) {
    const prompts = (url.searchParams.get('prompt') ?? '').replace('select_account', 'login').split(' ');
    url.searchParams.set('prompt', [...new Set([...prompts, 'consent'])].join(' ').trim());
    request.url = url.pathname + url.search;
  }
}

const certificate = new X509Certificate(read('app.pem'));
const thumbprint = createHash('sha256').update(certificate.raw).digest('base64url');
const key = { ...certificate.publicKey.export({ format: 'jwk' }), 'x5t#S256': thumbprint, use: 'sig' };

function configuration() {
  const v2 = `/${tenant}/oauth2/v2.0`;
  return {
    routes: {
      authorization: `${v2}/authorize`,
      token: `${v2}/token`,
      device_authorization: `${v2}/devicecode`,
      code_verification: `/${tenant}/oauth2/deviceauth`,
    },
    clients: [
      {
        client_id: 'a-native-app',
        client_name: 'A native app',
        application_type: 'native',
        redirect_uris: ['http://localhost'],
        response_types: ['code'],
        grant_types: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'],
        token_endpoint_auth_method: 'none',
      },
      {
        client_id: 'a-web-app',
        client_name: 'A web app',
        // For its loopback address any port will do, as Entra has it for all apps.
        application_type: 'native',
        redirect_uris: ['http://localhost/callback', 'https://app.contoso.example/callback'],
        response_types: ['code'],
        grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
        token_endpoint_auth_method: 'client_secret_post',
        client_secret: read('secret').toString(),
      },
      {
        client_id: 'an-app-with-a-certificate',
        redirect_uris: [],
        response_types: [],
        grant_types: ['client_credentials'],
        token_endpoint_auth_method: 'private_key_jwt',
        token_endpoint_auth_signing_alg: 'PS256',
        jwks: { keys: [key] },
      },
    ],
    features: {
      clientCredentials: { enabled: true },
      deviceFlow: { enabled: true },
      devInteractions: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: (ctx) => resourceOf(ctx.oidc.params.scope),
        useGrantedResource: () => true,
        getResourceServerInfo: (_ctx, resource) => ({
          scope: `${resource}/.default`,
          audience: resource,
          accessTokenTTL: Number(read('lifetime')),
          accessTokenFormat: 'jwt',
        }),
      },
    },
    // As Entra does it: the user's name is in the ID token.
    claims: { openid: ['sub'], profile: ['preferred_username'] },
    conformIdTokenClaims: false,
    findAccount: (_ctx, name) => ({ accountId: name, claims: () => ({ sub: name, preferred_username: name }) }),
    // Strictly: each refresh token is good once, and one that comes again ends the whole grant.
    rotateRefreshToken: true,
    clientAuthSigningAlgValues: ['PS256'],
    pkce: { required: () => true },
    // Entra finds the certificate by its thumbprint.
    assertJwtClientAuthClaimsAndHeader: (_ctx, _claims, header) => {
      if (header['x5t#S256'] !== thumbprint) {
        throw new errors.InvalidClientAuth('x5t#S256 is not the thumbprint of the certificate');
      }
    },
    cookies: { keys: [randomUUID()] },
  };
}

function record(...words) {
  appendFileSync(join(dir, 'events'), `${words.filter(Boolean).join(' ')}\n`);
}

function watch(provider) {
  provider.on('server_error', (_ctx, error) => record('broken', error.stack));
  provider.on('authorization.success', (ctx) => record('authorized', ctx.oidc.params.response_mode ?? ctx.oidc.route));
  provider.on('authorization.error', (_ctx, error) => record('not authorized', error.error, error.error_detail));
  provider.on('grant.success', (ctx) => record('granted', ctx.oidc.params.grant_type));
  provider.on('grant.revoked', () => record('revoked'));
  provider.on('grant.error', (ctx, error) => {
    record('refused', ctx.oidc.params?.grant_type, error.error, error.error_detail ?? error.error_description);
  });
}

const server = createServer({ key: read('server.key'), cert: read('server.pem') });
server.listen(0, '127.0.0.1', () => {
  const url = `https://localhost:${server.address().port}`;
  const provider = new Provider(url, configuration());
  watch(provider);
  const answer = provider.callback();
  server.on('request', (request, response) => {
    translate(request);
    answer(request, response);
  });
  writeFileSync(join(dir, 'url.new'), url);
  renameSync(join(dir, 'url.new'), join(dir, 'url'));
});
process.stdin.on('end', () => process.exit()).resume();
