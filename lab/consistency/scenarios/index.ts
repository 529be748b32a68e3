import { ignoreTimeline } from './ignore-timeline';
import { ignoreToken } from './ignore-token';
import { keepWatermark } from './keep-watermark';
import { releaseTimedOutClient } from './release-timed-out-client';
import type { Scenario } from './scenario';
import { tokenBeforeCommit } from './token-before-commit';

export const scenarios: readonly Scenario[] = [
  ignoreToken,
  ignoreTimeline,
  keepWatermark,
  releaseTimedOutClient,
  tokenBeforeCommit,
];
