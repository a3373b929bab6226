// Secrets come from KMS through the External Secrets operator, which proves who it is by RRSA. Git holds names only.
import type { ExternalSecret } from "../kinds/secrets";
import type { Volume, VolumeMount } from "../manifest";

/** The store that k8s/platform/external-secrets.ts makes. */
export const STORE = "kms";

/** File name → name of the secret in KMS. */
export type Secrets = Readonly<Record<string, string>>;

export function externalSecret(
  name: string,
  namespace: string,
  labels: Record<string, string>,
  secrets: Secrets,
): ExternalSecret {
  return {
    apiVersion: "external-secrets.io/v1",
    kind: "ExternalSecret",
    metadata: { name, namespace, labels },
    spec: {
      refreshInterval: "15m",
      secretStoreRef: { kind: "ClusterSecretStore", name: STORE },
      // Kept when the declaration goes, so that a mistake in git does not stop what runs.
      target: { name, creationPolicy: "Owner", deletionPolicy: "Retain" },
      data: Object.entries(secrets).map(([secretKey, key]) => ({ secretKey, remoteRef: { key } })),
    },
  };
}

/** As files, never as environment variables: those show up in crash reports and in `kubectl describe`. */
export function secretFiles(name: string, mountPath: string): [Volume, VolumeMount] {
  return [
    { name: "credentials", secret: { secretName: name, defaultMode: 0o440 } },
    { name: "credentials", mountPath, readOnly: true },
  ];
}
