// A person with a browser: opens a URL in Chromium, without a window, and does what the provider's pages ask until one
// page has nothing more to ask. Prints each page that it met, and the text of the last one.
//
// usage: browser.js URL, with in the environment
//
//   PROVIDER   the provider's address; a page from elsewhere is the end
//   AS         the user's name, unless the page has one already
//   REFUSES    what the user refuses, if anything: `sign-in`, `consent` or `device`
//   CODE       what is typed where a code is asked for
//   SERVER_KEY the hash of the provider's public key, which is trusted in place of an authority
//   ADDRESS    the file for the address that the provider sent the browser to
//   FAILURE    the file for a picture of the page where nothing goes on

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { chromium } from 'playwright-core';

const { PROVIDER, AS, REFUSES, CODE, SERVER_KEY, ADDRESS, FAILURE } = process.env;
const PATIENCE_MS = 20_000;

// How a page is known, and what is done there. What the provider shows after a wrong or refused code is an end, too.
const pages = [
  ['sign-in', 'input[name=login]', async (page) => {
    if ((await page.inputValue('input[name=login]')) === '') {
      await page.fill('input[name=login]', AS);
    }
    await page.fill('input[name=password]', 'any will do');
    await page.click('button[type=submit]');
  }],
  ['consent', 'input[name=prompt][value=consent]', (page) => page.click('button[type=submit]')],
  ['code', '.container:not(:has(p.red)) input[name=user_code]:visible', async (page) => {
    await page.fill('input[name=user_code]', CODE);
    await page.click('button[type=submit]');
  }],
  ['device', '[id="op.deviceConfirmForm"]', (page) => page.click('button[autofocus]')],
  ['last', 'p.red, h1:text-is("Sign-in Success"), h1:text-is("oops! something went wrong")'],
];

const refuse = (page) => page.click('text=/^\\[ (Cancel|Abort) \\]$/');

// The next page that is known. One from elsewhere is the last: the provider sent the browser back.
function meet(page) {
  const elsewhere = page.waitForURL((url) => url.origin !== PROVIDER).then(() => ['last']);
  const known = pages.map((one) => page.waitForSelector(one[1], { state: 'attached' }).then(() => one));
  return Promise.any([elsewhere, ...known]);
}

async function walk(page, url) {
  page.on('request', (request) => {
    if (request.isNavigationRequest() && new URL(request.url()).origin !== PROVIDER) {
      writeFileSync(ADDRESS, request.url());
    }
  });
  await page.goto(url);
  for (let step = 0; step < 10; step += 1) {
    const [name, , act] = await meet(page);
    if (name === 'last') {
      console.log(`last: ${(await page.locator('body').innerText()).replaceAll(/\s+/g, ' ').trim()}`);
      return;
    }
    console.log(name);
    await Promise.all([
      page.waitForEvent('framenavigated', (frame) => frame === page.mainFrame()),
      (name === REFUSES ? refuse : act)(page),
    ]);
  }
  throw new Error('it goes on and on');
}

const profile = mkdtempSync(join(tmpdir(), 'chromium-'));
const context = await chromium.launchPersistentContext(profile, {
  executablePath: '/usr/bin/chromium',
  headless: true,
  args: [
    // Root, in a container, has no other sandbox.
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    // The provider's pages name a font of Google's. Nothing leaves this machine.
    '--no-proxy-server',
    '--host-resolver-rules=MAP * ^NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1',
    `--ignore-certificate-errors-spki-list=${SERVER_KEY}`,
  ],
});
context.setDefaultTimeout(PATIENCE_MS);
const page = context.pages()[0];
try {
  await walk(page, process.argv[2]);
} catch (error) {
  console.log(`failed: ${error.message}`);
  await page.screenshot({ path: FAILURE }).catch(() => {});
  process.exitCode = 1;
} finally {
  await context.close();
  rmSync(profile, { recursive: true, force: true });
}
