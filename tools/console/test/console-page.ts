import type { Browser, Locator, Page } from 'playwright-core';
import { until } from '@app/postgres-cluster';

const ACTION_TIMEOUT_MS = 15_000;

/** What a test does in one window, in the words of the page. */
export class ConsolePage {
  readonly errors: string[] = [];

  private constructor(readonly page: Page) {
    page.on('pageerror', ({ message }) => this.errors.push(message));
    // A refused request is shown by the page, and by the browser too.
    page.on('console', (message) => {
      const isPolicy = message.text().includes('Content Security Policy');
      if (message.type() === 'error' && isPolicy) this.errors.push(message.text());
    });
  }

  static async open(browser: Browser, url: string): Promise<ConsolePage> {
    const opened = new ConsolePage(await browser.newPage({ viewport: { width: 1320, height: 1000 } }));
    opened.page.setDefaultTimeout(ACTION_TIMEOUT_MS);
    await opened.page.goto(url);
    await opened.page.locator('.node').first().waitFor();
    return opened;
  }

  button(name: string): Locator {
    return this.page.getByRole('button', { name, exact: true });
  }

  async click(name: string): Promise<void> {
    await this.button(name).click();
  }

  /** Clicks a fault of this node. */
  async fault(node: string, name: string): Promise<void> {
    await this.page.getByRole('group', { name: node }).getByRole('button', { name, exact: true }).click();
  }

  node(name: string): Locator {
    return this.page.locator(`.node[data-place="${name}"]`);
  }

  async stateOf(node: string): Promise<string> {
    return (await this.node(node).locator('.state').textContent()) ?? '';
  }

  async roleOf(node: string): Promise<string> {
    return (await this.node(node).locator('.role').textContent()) ?? '';
  }

  async readsOf(node: string): Promise<number> {
    const text = await this.node(node).locator('.numbers dd').nth(1).textContent();
    return Number((text ?? '').replaceAll(',', ''));
  }

  async score(id: 'with' | 'without'): Promise<{ stale: number; reads: number }> {
    const score = this.page.locator(`[data-score="${id}"]`);
    const [stale, reads] = [
      await score.locator('strong').textContent(),
      await score.locator('span').textContent(),
    ];
    const number = (text: string | null) => Number(/[\d,]+/.exec(text ?? '')?.[0].replaceAll(',', ''));
    return { stale: number(stale), reads: number(reads) };
  }

  async load(size: { readers?: number; orderers?: number }): Promise<void> {
    for (const [name, value] of Object.entries(size)) {
      await this.page.getByRole('slider', { name, exact: true }).fill(String(value));
      await until(`${name} to be ${value}`, async () => {
        const shown = await this.page.locator('.slider', { hasText: name }).locator('output').textContent();
        return shown === String(value);
      });
    }
  }

  /** The answer of Alice's last request. */
  get answer(): Locator {
    return this.page.locator('.answer');
  }

  /** Clicks a step of the walk and waits for its answer. */
  async walk(name: string, request: RegExp): Promise<string> {
    const isFirst = (await this.answer.count()) === 0;
    const before = isFirst ? '' : await this.answer.locator('.headers').textContent();
    await this.click(name);
    await until(`the answer of “${name}”`, async () => {
      const [line, headers] = [
        await this.answer.locator('.answer-line').textContent(),
        await this.answer.locator('.headers').textContent(),
      ];
      return request.test(line ?? '') && headers !== before;
    });
    return (await this.answer.textContent()) ?? '';
  }

  get happenings(): Promise<string> {
    return this.page.locator('.happenings').innerText();
  }
}
