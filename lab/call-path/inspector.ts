import type { Session } from 'node:inspector';

/**
 * The inspector of the same thread answers before `post` returns, without a turn of the event loop in
 * between.
 */
export function askNow(session: Session, method: string, parameters: object = {}): unknown {
  const answers: { error: Error | null; result: unknown }[] = [];
  session.post(method, parameters, (error, result) => answers.push({ error, result }));
  const [answer] = answers;
  if (!answer) throw new Error(`${method} was not answered at once`);
  if (answer.error) throw new Error(`${method}: ${JSON.stringify(answer.error)}`);
  return answer.result;
}
