import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
const { addCoverage, printCoverage } = await import('./coverageReport.ts');
const { reachedInBundles } = await import('./coverageOfBundles.ts');
const [base, out, ...commands] = process.argv.slice(2);
const total: any = {};
const add = (m: any) => { for (const [p0, f] of Object.entries(m) as any) { if (!p0.includes('/src/core/')) continue; const p = p0; if (total[p]) addCoverage(total[p], f); else total[p] = f; } };
for (const d of readdirSync(base!)) { try { add(JSON.parse(readFileSync(`${base}/${d}/coverage-final.json`, 'utf8'))); } catch {} }
for (const d of commands) { const b: any = await reachedInBundles(d); for (const p of Object.keys(total)) if (b[p]) addCoverage(total[p], b[p]); }
writeFileSync(out!, JSON.stringify(total));
printCoverage(total);
