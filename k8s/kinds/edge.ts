// Kinds that lead learners in: cert-manager's and the ALB ingress controller's, as far as they are declared here.
import type { Manifest } from "../manifest";

export interface AlbConfig extends Manifest {
  apiVersion: "alibabacloud.com/v1";
  kind: "AlbConfig";
  spec: {
    config: { id: string; forceOverride: boolean; listenerForceOverride: boolean };
    listeners: { port: number; protocol: "HTTP" | "HTTPS"; securityPolicyId?: string }[];
  };
}

interface SecretKey {
  name: string;
  key: string;
}

export interface ClusterIssuer extends Manifest {
  apiVersion: "cert-manager.io/v1";
  kind: "ClusterIssuer";
  spec: {
    acme: {
      server: string;
      email: string;
      privateKeySecretRef: { name: string };
      solvers: {
        selector: { dnsZones: string[] };
        dns01: {
          webhook: {
            groupName: string;
            solverName: string;
            config: Record<string, string | SecretKey>;
          };
        };
      }[];
    };
  };
}

export interface Certificate extends Manifest {
  apiVersion: "cert-manager.io/v1";
  kind: "Certificate";
  spec: {
    secretName: string;
    duration: string;
    renewBefore: string;
    dnsNames: string[];
    privateKey: { algorithm: "ECDSA"; size: number; rotationPolicy: "Always" };
    issuerRef: { kind: "ClusterIssuer"; name: string; group: "cert-manager.io" };
  };
}
