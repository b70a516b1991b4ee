import { appendFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DetailedPeerCertificate } from 'node:tls';
import { hasCode } from '../files/fileProblem.ts';
import { privateFolder } from '../files/privateFolder.ts';

const unverified = [
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'ERR_TLS_CERT_ALTNAME_INVALID',
];

/** Whether TLS failed because nobody vouches for the certificate; an expired one is not asked about. */
export function isUnverified(error: unknown): boolean {
  return hasCode(error, ...unverified);
}

/** The certificates' fingerprints that were agreed to for a server: a file under DBBACKUP_HOME, one a line. */
export async function knownCertificates(home: string, server: string): Promise<string[]> {
  const text = await readFile(fileIn(home), 'utf8').catch(() => '');
  return text
    .split('\n')
    .map((line) => line.split(' '))
    .flatMap(([name, fingerprint]) => (name === server && fingerprint ? [fingerprint] : []));
}

/** @param fingerprint SHA-256 as hex pairs with colons */
export async function rememberCertificate(home: string, server: string, fingerprint: string): Promise<void> {
  await privateFolder(home);
  await appendFile(fileIn(home), `${server} ${fingerprint}\n`, { mode: 0o600 });
}

/** The certificate with those it was shown with, as PEM: authorities for a connection to that server alone. */
export function chainOf(certificate: DetailedPeerCertificate): string[] {
  const chain: string[] = [];
  const seen = new Set<string>();
  for (let one = certificate; one?.raw && !seen.has(one.fingerprint256); one = one.issuerCertificate) {
    seen.add(one.fingerprint256);
    const lines = one.raw.toString('base64').match(/.{1,64}/g)!;
    chain.push(['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n'));
  }
  return chain;
}

function fileIn(home: string): string {
  return join(home, 'known_certificates');
}
