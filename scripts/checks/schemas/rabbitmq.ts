// The fields of RabbitMQ's operators that ../../../k8s/rabbitmq uses: a field that is not here is an error there.
import type { IObjectMeta } from "@kubernetes-models/apimachinery/apis/meta/v1/ObjectMeta";
import type { IAffinity } from "kubernetes-models/v1/Affinity";
import type { IResourceRequirements } from "kubernetes-models/v1/ResourceRequirements";

interface Resource<Kind extends string, Spec> {
  apiVersion: "rabbitmq.com/v1beta1";
  kind: Kind;
  metadata: IObjectMeta;
  spec: Spec;
}

interface Reference {
  name: string;
}

export type IRabbitmqCluster = Resource<"RabbitmqCluster", {
  replicas: 1 | 3 | 5;
  image?: string;
  persistence?: { storage?: string; storageClassName?: string };
  resources?: IResourceRequirements;
  rabbitmq?: { additionalPlugins?: string[]; additionalConfig?: string };
  affinity?: IAffinity;
  tls?: { secretName?: string; caSecretName?: string };
}>;

export type IVhost = Resource<"Vhost", { name: string; rabbitmqClusterReference: Reference }>;

export type IExchange = Resource<"Exchange", {
  name: string;
  vhost?: string;
  type?: "topic" | "direct" | "fanout" | "headers";
  durable?: boolean;
  rabbitmqClusterReference: Reference;
}>;

export type IQueue = Resource<"Queue", {
  name: string;
  vhost?: string;
  type?: "quorum" | "classic" | "stream";
  durable?: boolean;
  arguments?: Record<string, unknown>;
  rabbitmqClusterReference: Reference;
}>;

export type IUser = Resource<"User", {
  tags?: ("management" | "policymaker" | "monitoring" | "administrator")[];
  importCredentialsSecret?: Reference;
  rabbitmqClusterReference: Reference;
}>;

export type IPermission = Resource<"Permission", {
  vhost: string;
  userReference: Reference;
  permissions: { configure?: string; write?: string; read?: string };
  rabbitmqClusterReference: Reference;
}>;

export type ITopicPermission = Resource<"TopicPermission", {
  vhost: string;
  userReference: Reference;
  permissions: { exchange: string; write?: string; read?: string };
  rabbitmqClusterReference: Reference;
}>;
