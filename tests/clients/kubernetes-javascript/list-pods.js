// Lists pods as often as its argument says, through one client of the official JavaScript package.
//
// Run from the folder where the package is installed: that is where its imports are looked for.

import { CoreV1Api, KubeConfig } from '@kubernetes/client-node';

const config = new KubeConfig();
config.loadFromDefault();
const api = config.makeApiClient(CoreV1Api);
try {
  for (let i = 0; i < Number(process.argv[2]); i++) {
    const pods = await api.listNamespacedPod({ namespace: 'default' });
    pods.items.forEach((pod) => console.log(pod.metadata.name));
  }
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
