import { serviceDefinition, serviceNames, type ServiceName } from '@app/shop-services';

/** The service that a new one is added after, in every list. */
export const lastService = serviceNames.at(-1) as ServiceName;

/** The service whose container and Kubernetes manifests are copied: it only reads, as the new one does. */
export const modelService =
  serviceNames.findLast((name) => !serviceDefinition(name).needsWrites) ?? lastService;
