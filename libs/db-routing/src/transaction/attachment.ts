/** What other parts of the library have attached to one object. */
export class Attachments {
  readonly #entries: { readonly attachment: object; readonly value: unknown }[] = [];

  get(attachment: object): unknown {
    return this.#entries.find((entry) => entry.attachment === attachment)?.value;
  }

  add(attachment: object, value: unknown): void {
    this.#entries.push({ attachment, value });
  }
}

interface Attachable {
  readonly attachments: Attachments;
}

/**
 * A value for each transaction or savepoint. A WeakMap would keep the value, and all that it refers to, until
 * the next full collection: with a new key for each transaction, that is most of the garbage.
 */
export class Attachment<T> {
  get({ attachments }: Attachable): T | undefined {
    return attachments.get(this) as T | undefined;
  }

  /** Call this once for each object. */
  add({ attachments }: Attachable, value: T): void {
    attachments.add(this, value);
  }
}
