// Preloaded into the command line (NODE_OPTIONS=--require): the Nth call that changes a file kills the process or fails.
// DBBACKUP_FAULT is `N:KILL` or `N:ENOSPC`; DBBACKUP_FAULT_COUNT names a file that gets the number of calls at exit.
// What SQLite itself writes does not pass here.
const fs = require('node:fs');

const [at, what] = (process.env.DBBACKUP_FAULT ?? '0:').split(':');
const countFile = process.env.DBBACKUP_FAULT_COUNT;
const appendFileSync = fs.appendFileSync;
let calls = 0;

/** The error to throw at this call, or undefined. */
function fault(name) {
  calls++;
  if (calls !== Number(at)) return undefined;
  if (what === 'KILL') process.kill(process.pid, 'SIGKILL');
  return Object.assign(new Error(`${what}: injected, ${name}`), { code: what, syscall: name });
}

function wrap(holder, name, asynchronous) {
  const original = holder[name];
  if (typeof original !== 'function') return;
  holder[name] = function (...args) {
    const error = fault(name);
    if (error && asynchronous) return Promise.reject(error);
    if (error) throw error;
    return original.apply(this, args);
  };
}

const names = ['open', 'writeFile', 'rename', 'link', 'unlink', 'rm', 'mkdir', 'copyFile', 'chmod'];
for (const name of names) {
  wrap(fs.promises, name, true);
  wrap(fs, `${name}Sync`, false);
}
let handles = false;
const counted = fs.promises.open;
fs.promises.open = async (...args) => {
  const handle = await counted(...args);
  if (!handles) {
    handles = true;
    for (const name of ['write', 'writev', 'writeFile', 'sync'])
      wrap(Object.getPrototypeOf(handle), name, true);
  }
  return handle;
};
if (countFile) process.on('exit', () => appendFileSync(countFile, String(calls)));
