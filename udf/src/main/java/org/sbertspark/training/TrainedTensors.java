package org.sbertspark.training;

import java.util.Optional;
import org.sbertspark.model.Tensor;

/** What a training has made of a model's tensors. */
@FunctionalInterface
public interface TrainedTensors {

  /**
   * The new values of a tensor; empty: it was not trained and stays as it is.
   *
   * <p>Asked for one by one and let go before the next, so values may be made on demand; a direct
   * buffer keeps them off the heap.
   *
   * @param module folder of the tensor's module, relative to the model's; empty for the encoder at
   *     the top
   * @param name as in the model's own weights
   * @return of any float type, in the tensor's shape
   */
  Optional<Tensor> tensor(String module, String name);
}
