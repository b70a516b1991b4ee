// Preloaded into the command line (NODE_OPTIONS=--require): the Nth call of a kind kills the process or fails.
// DBBACKUP_FAULT is `N:KILL` or `N:ENOSPC`; DBBACKUP_FAULT_CALLS is `files` (what opens, writes, syncs, links, renames or
// removes one), `sqlite` or `crypto`; DBBACKUP_FAULT_COUNT names a file that gets the number of calls at exit.
// What SQLite itself writes is no call of Node's: see systemFault.c.
// Threads of the command line load it, too, and count together.
const fs = require('node:fs');
const { getEnvironmentData, isMainThread, setEnvironmentData } = require('node:worker_threads');

const [at, what] = (process.env.DBBACKUP_FAULT ?? '0:').split(':');
const countFile = process.env.DBBACKUP_FAULT_COUNT;
const appendFileSync = fs.appendFileSync;
const counter = 'calls counted by fault.cjs';
if (isMainThread) setEnvironmentData(counter, new SharedArrayBuffer(4));
const calls = new Int32Array(getEnvironmentData(counter));

/** What SQLite says where the system has said so to it (https://sqlite.org/rescode.html). */
const sqliteCodes = { ENOSPC: 13, EIO: 10, EACCES: 8, EMFILE: 14 };

/** The error to throw at this call, or undefined. */
function fault(name) {
  const call = Atomics.add(calls, 0, 1) + 1;
  if (call !== Number(at)) return undefined;
  if (what === 'KILL') process.kill(process.pid, 'SIGKILL');
  const error = new Error(`${what}: injected, ${name}`);
  if (kind === 'sqlite')
    return Object.assign(error, { code: 'ERR_SQLITE_ERROR', errcode: sqliteCodes[what] });
  if (kind === 'crypto') return Object.assign(error, { code: 'ERR_CRYPTO_OPERATION_FAILED' });
  return Object.assign(error, { code: what, syscall: name });
}

function wrap(holder, name, asynchronous = false) {
  const original = holder?.[name];
  if (typeof original !== 'function') return;
  holder[name] = function (...args) {
    const error = fault(name);
    if (error && asynchronous) return Promise.reject(error);
    if (error) throw error;
    return original.apply(this, args);
  };
}

function wrapFiles() {
  for (const name of ['open', 'writeFile', 'rename', 'link', 'unlink', 'rm', 'mkdir', 'copyFile', 'chmod']) {
    wrap(fs.promises, name, true);
    wrap(fs, `${name}Sync`);
  }
  let handles = false;
  const counted = fs.promises.open;
  fs.promises.open = async (...args) => {
    const handle = await counted(...args);
    if (!handles) {
      handles = true;
      for (const name of ['write', 'writev', 'writeFile', 'sync', 'truncate'])
        wrap(Object.getPrototypeOf(handle), name, true);
    }
    return handle;
  };
}

function wrapSqlite() {
  const sqlite = require('node:sqlite');
  for (const name of ['exec', 'prepare']) wrap(sqlite.DatabaseSync.prototype, name);
  for (const name of ['all', 'get', 'run', 'iterate']) wrap(sqlite.StatementSync.prototype, name);
  wrap(sqlite, 'backup', true);
}

function wrapCrypto() {
  const crypto = require('node:crypto');
  const made = {
    createHash: ['update', 'digest'],
    createHmac: ['update', 'digest'],
    createCipheriv: ['update', 'final'],
    createDecipheriv: ['update', 'final'],
  };
  for (const [name, methods] of Object.entries(made)) {
    const make = crypto[name];
    crypto[name] = (...args) => {
      const error = fault(name);
      if (error) throw error;
      const object = make(...args);
      for (const method of methods) wrap(object, method);
      return object;
    };
  }
  for (const name of ['randomBytes', 'randomUUID', 'timingSafeEqual', 'createPrivateKey', 'createPublicKey'])
    wrap(crypto, name);
  for (const name of ['sign', 'verify', 'privateDecrypt', 'publicEncrypt', 'diffieHellman'])
    wrap(crypto, name);
  const { subtle } = crypto.webcrypto;
  const methods = ['encrypt', 'decrypt', 'sign', 'verify', 'digest', 'importKey', 'exportKey', 'deriveBits'];
  for (const name of [...methods, 'generateKey', 'wrapKey', 'unwrapKey'])
    wrap(Object.getPrototypeOf(subtle), name, true);
  wrap(Object.getPrototypeOf(crypto.webcrypto), 'getRandomValues');
}

const kind = process.env.DBBACKUP_FAULT_CALLS ?? 'files';
({ files: wrapFiles, sqlite: wrapSqlite, crypto: wrapCrypto })[kind]();
if (countFile && isMainThread) process.on('exit', () => appendFileSync(countFile, String(calls[0])));
