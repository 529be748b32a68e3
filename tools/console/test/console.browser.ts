import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '@app/postgres-cluster';
import { type Browser, chromium, type PageScreenshotOptions } from 'playwright-core';
import { chromiumPath } from './chromium';
import { ConsolePage } from './console-page';
import { StartedShop } from './started-shop';

const ROOT = join(__dirname, '../../..');
/** `CONSOLE_SCREENSHOTS=docs/images npm run test:console` replaces the pictures of the documentation. */
const { CONSOLE_SCREENSHOTS: screenshots } = process.env;
const executablePath = chromiumPath();
if (executablePath === undefined) {
  process.stdout.write('Skipped: there is no chromium on the PATH (Debian: apt-get install chromium).\n');
}

/** A finding of axe-core. */
interface Violation {
  readonly id: string;
  readonly impact: string;
  readonly nodes: readonly { readonly html: string }[];
}

(executablePath === undefined ? describe.skip : describe)('the console in a browser', () => {
  let shop: StartedShop;
  let browser: Browser;
  let window: ConsolePage;

  beforeAll(async () => {
    const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
    [shop, browser] = await Promise.all([
      StartedShop.start(),
      chromium.launch({ executablePath: executablePath ?? '', args }),
    ]);
    window = await ConsolePage.open(browser, shop.url);
  }, 120_000);
  afterAll(async () => {
    await browser.close();
    await shop.stop();
  }, 60_000);
  afterEach(() => expect(window.errors).toEqual([]));

  const primary = () => window.page.locator('.node-primary.state-up').getAttribute('data-place');
  const stateIs = (node: string, state: string, timeoutMs = 15_000) =>
    until(`${node} to be ${state}`, async () => (await window.stateOf(node)) === state, { timeoutMs });
  const replicas = () => shop.nodes.slice(1);
  const screenshot = async (name: string, options: Pick<PageScreenshotOptions, 'clip'> = {}) => {
    if (screenshots === undefined) return;
    const directory = join(ROOT, screenshots);
    mkdirSync(directory, { recursive: true });
    await window.page.evaluate('scrollTo(0, 0)');
    await window.page.screenshot({ path: join(directory, `${name}.png`), ...options });
  };
  /** Holds the dots when there are many, and shows the card of one that is on its way to the routing. */
  const showStatement = async () => {
    const dots = window.page.locator('.stage g.dot[visibility="visible"]');
    await window.page.evaluate('scrollTo(0, 0)');
    await until('many dots', async () => (await dots.count()) > 15);
    await window.click('Hold the dots');
    const isOnTheWay = `({ left }) => left > 400 && left < 480`;
    await window.page.evaluate(`
      [...document.querySelectorAll('.stage g.dot.dot-read[visibility="visible"]')]
        .sort((a, b) => Number((${isOnTheWay})(b.getBoundingClientRect())) - Number((${isOnTheWay})(a.getBoundingClientRect())))[0]
        ?.focus()`);
  };
  const seriousProblems = async () => {
    await window.page.evaluate(readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8'));
    const violations = await window.page.evaluate<Violation[]>(
      'axe.run().then(({ violations }) => violations)',
    );
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => `${id}: ${nodes[0]!.html}`);
  };

  it('walks with Alice by clicks, and tells the answer and its way', async () => {
    const placed = await window.walk('Place an order', /POST \/orders/);
    expect(placed).toContain('201');
    expect(placed).toContain(`primary ${shop.nodes[0]!}, transaction`);
    const details = await window.walk('Its details', /GET \/orders\//);
    expect(details).toContain('Fresh');
    const history = await window.walk('Her history', /GET \/history/);
    expect(history).toMatch(/Fresh.*replica 127\.0\.0\.1:\d+, read/);
    const cancelled = await window.walk('Cancel it', /POST \/orders\/.*\/cancel/);
    expect(cancelled).toContain('"status": "cancelled"');
  });

  it('is usable by keyboard: the walk, and a dot that is held', async () => {
    await window.load({ readers: 6, orderers: 2 });
    await window.button('Place an order').focus();
    await window.page.keyboard.press('Enter');
    await until('the answer', async () => (await window.answer.textContent())?.includes('POST /orders'));
    await until('a dot', async () => (await window.page.locator('.stage g.dot').count()) > 0);
    await window.button('Hold the dots').focus();
    await window.page.keyboard.press('Space');
    const card = window.page.locator('.statement-card');
    await until('the card of a dot', async () => {
      await window.page.keyboard.press('Tab');
      return card.isVisible();
    });
    for (const fact of ['service', 'node', 'reason', 'staleness', 'latency', 'level']) {
      expect(await card.textContent()).toContain(fact);
    }
    await window.button('Let the dots go on').click();
    await card.waitFor({ state: 'detached' });
  });

  it('explains a statement', async () => {
    await window.page.getByLabel('SQL').fill('DELETE FROM orders');
    await window.click('Explain');
    const explained = window.page.locator('.explained');
    await explained.waitFor();
    expect(await explained.textContent()).toContain(`${shop.nodes[0]!}, primary`);
  });

  it('counts stale reads without the token, and none of 200 with it, while replay is delayed', async () => {
    await window.load({ readers: 2, orderers: 5 });
    await window.click('Count from zero');
    for (const node of replicas()) await window.fault(node, 'Delay by');
    await until('stale reads', async () => (await window.score('without')).stale > 0, { timeoutMs: 20_000 });
    await until('200 reads with the token', async () => (await window.score('with')).reads >= 200, {
      timeoutMs: 40_000,
    });
    expect(await window.score('with')).toMatchObject({ stale: 0 });
    await window.page.getByRole('switch').click();
    await until('the switch', async () =>
      (await window.page.getByRole('switch').textContent())?.includes('off'),
    );
    await window.walk('Place an order', /POST \/orders/);
    expect(await window.walk('Its details', /GET \/orders\//)).toContain('Stale');
    await window.page.getByRole('switch').click();
    await until('the switch', async () =>
      (await window.page.getByRole('switch').textContent())?.includes('on'),
    );
    expect(await window.walk('Its details', /GET \/orders\//)).toContain('Fresh');
    await window.click('Undo all faults');
    await until('no fault', async () => (await window.page.locator('.badges').count()) === 0);
  });

  it('shows a replica that leaves, with its reason, and returns; reads go on', async () => {
    const [paused, other] = replicas() as [string, string];
    await window.load({ readers: 8 });
    await window.fault(paused, 'Pause replay');
    await stateIs(paused, 'lagging');
    expect(await window.node(paused).locator('.reason').textContent()).toMatch(/limit \d+ ms.*paused/);
    await until('reads on the other', async () => (await window.readsOf(other)) > 0);
    await showStatement();
    await screenshot('console', { clip: { x: 0, y: 0, width: 1320, height: 850 } });
    await window.click('Let the dots go on');
    await window.fault(paused, 'Pause replay');
    await stateIs(paused, 'up');
    expect(await window.happenings).toMatch(new RegExp(`${paused} is back`));
  });

  it('keeps everything over a reload, and says the same in two windows', async () => {
    const other = await ConsolePage.open(browser, shop.url);
    await window.page.reload();
    await window.page.locator('.node').first().waitFor();
    const linesOf = ({ page }: ConsolePage) => page.locator('.sparkline path').first().getAttribute('d');
    for (const each of [window, other]) {
      expect(await each.answer.textContent()).toContain('GET /orders/');
      expect(await each.page.locator('.slider output').allTextContents()).toEqual(['8', '5']);
      expect((await linesOf(each))!.match(/L/g)!.length).toBeGreaterThan(10);
      expect((await each.score('with')).reads).toBeGreaterThanOrEqual(200);
    }
    await window.load({ readers: 4 });
    await until('the other slider', async () => {
      return (await other.page.locator('.slider output').first().textContent()) === '4';
    });
    expect(await other.happenings).toBe(await window.happenings);
    expect(other.errors).toEqual([]);
    await other.page.close();
  });

  it('says that a service does not answer, and goes on when it does', async () => {
    const pid = shop.pidOf('history-service');
    const service = window.page.locator('[data-place="history-service"]');
    process.kill(pid, 'SIGSTOP');
    try {
      await until('the stop', async () => (await service.textContent())?.includes('does not answer'));
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    await until('the return', async () => (await service.textContent())?.endsWith('answers'));
  });

  it('has no serious accessibility problem, in light, dark and on a phone', async () => {
    expect(await seriousProblems()).toEqual([]);
    await window.page.emulateMedia({ colorScheme: 'dark' });
    expect(await seriousProblems()).toEqual([]);
    await screenshot('console-dark');
    await window.page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
    await window.page.setViewportSize({ width: 390, height: 1400 });
    expect(await seriousProblems()).toEqual([]);
    const width = await window.page.evaluate('document.documentElement.scrollWidth');
    expect(width).toBe(390);
    await screenshot('console-phone');
    await window.page.setViewportSize({ width: 1320, height: 1000 });
    await window.page.emulateMedia({ reducedMotion: 'no-preference' });
  });

  it('follows a promotion within five seconds, and everything is undone by one button', async () => {
    const [next] = replicas() as [string];
    await window.fault(shop.nodes[0]!, 'Kill');
    await until('no primary', async () => (await window.stateOf(shop.nodes[0]!)) !== 'up');
    await window.fault(next, 'Promote');
    await until('the promoted primary', async () => (await primary()) === next, { timeoutMs: 5_000 });
    await window.click('Undo all faults');
    await stateIs(shop.nodes[0]!, 'up', 30_000);
    expect(await window.roleOf(shop.nodes[0]!)).toBe('replica');
    expect(await window.walk('Place an order', /POST \/orders/)).toContain(`primary ${next}, transaction`);
  });
});
