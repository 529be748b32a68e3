import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeJwt, jwtVerify } from 'jose';
import { SpawnedProcess } from './spawned-process';

describe('npm run token', () => {
  const token = async (args: string[], environment: Record<string, string> = {}) => {
    const process = SpawnedProcess.start('tools/token.ts', { args, environment });
    return { code: await process.exit(), stdout: process.stdout, stderr: process.stderr };
  };

  it('prints a token for the customer, and nothing else', async () => {
    const { code, stdout, stderr } = await token(['alice']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
    expect(Object.keys(decodeJwt(stdout.trim())).sort()).toEqual(['exp', 'iat', 'sub']);
    expect(decodeJwt(stdout.trim()).sub).toBe('alice');
  });

  it('puts roles and a tenant into it', async () => {
    const { code, stdout, stderr } = await token([
      'alice',
      '--role',
      'support',
      '--role=admin',
      '--tenant',
      'acme',
    ]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(decodeJwt(stdout.trim())).toMatchObject({
      sub: 'alice',
      roles: ['support', 'admin'],
      tenant: 'acme',
    });
  });

  it('signs with a secret from a file, as the services verify', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'token-'));
    try {
      const secret = 'a-secret-of-our-own-that-is-long-enough';
      const file = join(directory, 'secret');
      writeFileSync(file, `${secret}\n`);
      const { code, stdout, stderr } = await token(['alice'], { JWT_SECRET_FILE: file });
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      const { payload } = await jwtVerify(stdout.trim(), new TextEncoder().encode(secret));
      expect(payload.sub).toBe('alice');
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it('names a secret file that cannot be read', async () => {
    const { code, stdout, stderr } = await token(['alice'], { JWT_SECRET_FILE: '/no/such/file' });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^JWT_SECRET_FILE is "\/no\/such\/file": it cannot be read/);
  });

  it('refuses where tokens come from an issuer', async () => {
    const { code, stdout, stderr } = await token(['alice'], { JWKS_URL: 'https://issuer.example/keys' });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^JWKS_URL is "https:\/\/issuer\.example\/keys": /);
  });

  it.each([[[]], [['']], [['alice', 'bob']], [['alice', '--role']], [['alice', '--admin']]])(
    'prints its usage when given %j',
    async (args) => {
      const { code, stdout, stderr } = await token(args);
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toMatch(/^usage: npm run -s token -- <customer>/);
    },
  );

  it('refuses in production', async () => {
    const { code, stdout, stderr } = await token(['alice'], { NODE_ENV: 'production' });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^NODE_ENV is production/);
  });
});
