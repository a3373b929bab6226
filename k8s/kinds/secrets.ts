// Kinds of the External Secrets operator, as far as they are declared here; written by hand from its CRDs.
import type { Manifest } from "../manifest";

export interface ClusterSecretStore extends Manifest {
  apiVersion: "external-secrets.io/v1";
  kind: "ClusterSecretStore";
  spec: {
    conditions: { namespaces: string[] }[];
    provider: {
      alibaba: {
        regionID: string;
        auth: {
          rrsa: {
            oidcProviderArn: string;
            oidcTokenFilePath: string;
            roleArn: string;
            sessionName: string;
          };
        };
      };
    };
  };
}

export interface ExternalSecret extends Manifest {
  apiVersion: "external-secrets.io/v1";
  kind: "ExternalSecret";
  spec: {
    refreshInterval: string;
    secretStoreRef: { kind: "ClusterSecretStore"; name: string };
    target: { name: string; creationPolicy: "Owner"; deletionPolicy: "Retain" };
    data: { secretKey: string; remoteRef: { key: string } }[];
  };
}
