import { decodeJwt } from 'jose';
import { SpawnedProcess } from './spawned-process';

describe('npm run token', () => {
  const token = async (args: string[], environment: Record<string, string> = {}) => {
    const process = SpawnedProcess.start('tools/token.ts', { args, environment });
    return { code: await process.exit(), stdout: process.stdout, stderr: process.stderr };
  };

  it('prints a token of the customer, and nothing else', async () => {
    const { code, stdout, stderr } = await token(['alice']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
    expect(decodeJwt(stdout.trim()).sub).toBe('alice');
  });

  it('says how it is used when there is no customer', async () => {
    const { code, stdout, stderr } = await token([]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^usage: npm run -s token -- <customer>/);
  });

  it('refuses in production', async () => {
    const { code, stdout, stderr } = await token(['alice'], { NODE_ENV: 'production' });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^NODE_ENV is production/);
  });
});
