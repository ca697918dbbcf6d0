// Asks a workspace who is there, by a sign-in of the SDK for JavaScript.
//
// usage: call.js PACKAGE EMULATOR [for SECONDS] AUTH_TYPE [KEY=VALUE...], from the folder where the package is installed.
// EMULATOR is its URL; the keys are the SDK's names of its settings: host, profile, ...
//
// Prints a line for each call, which is one, or as many as fit in these seconds: "ok", who that is, when the token ends
// (seconds since 1970, UTC) and the token that was sent; or "skipped" where the SDK takes the error for "nothing is set up",
// or "refused", and the message, and ends.

import { createRequire } from 'node:module';

const [name, emulator, ...rest] = process.argv.slice(2);
const isLong = rest[0] === 'for';
const end = Date.now() + (isLong ? Number(rest[1]) * 1000 : 0);
const [authType, ...pairs] = isLong ? rest.slice(2) : rest;
const require = createRequire(import.meta.url);

// For the emulator is also what goes to the usual port: of management.azure.com, where the SDK looks for a workspace's host,
// and of a workspace whose port an older SDK leaves out.
const https = require('node:https');
const { request } = https;
https.request = (url, options, answered) => {
  const { hostname, port } = options.port ? options : new URL(emulator);
  return request(url, { ...options, hostname, port }, answered);
};

const { Config, WorkspaceClient } = require(name);
const library = require(`${name}/dist/config/Token`);

// The SDK shows nobody its tokens: what it reads an end for is noted here.
const ends = new Map();
library.Token = class extends library.Token {
  constructor(options) {
    super(options);
    ends.set(this.accessToken, this.expiry);
  }
};

// Without this it would not check the server's certificate.
const settings = { authType, skipVerify: false };
for (const pair of pairs) {
  const [key, value] = pair.split('=');
  settings[key.replace(/_./g, (part) => part[1].toUpperCase())] = value;
}
const config = new Config(settings);
try {
  const { currentUser } = new WorkspaceClient(config);
  do {
    const me = await currentUser.me();
    const headers = new Headers();
    await config.authenticate(headers);
    const token = headers.get('Authorization').replace('Bearer ', '');
    console.log('ok', me.userName, Math.floor(ends.get(token) / 1000), token);
  } while (Date.now() < end);
} catch (error) {
  const skipped = error.message.includes('cannot configure default credentials');
  console.log(skipped ? 'skipped' : 'refused', error.message);
}
