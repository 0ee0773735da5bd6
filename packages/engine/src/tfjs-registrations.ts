/** What the whole of tfjs adds to tfjs-core, made into one file by the build: Node's build of tfjs-core has neither. */
import '@tensorflow/tfjs-core/dist/register_all_gradients';
import '@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops';
