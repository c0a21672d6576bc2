package org.sbertspark.training;

import java.util.List;

/**
 * What a training is made of: a checkpoint goes on only with the same.
 *
 * @param base fingerprint of the model that it starts from
 * @param recipe as text
 * @param sets the data sets' names, sizes and contents as text, with their weights
 * @param dev the dev set's size and content as text, and when it is asked: it chooses the result
 */
record TrainingIdentity(String base, String recipe, List<String> sets, String dev) {

  /**
   * @throws TrainingException if another run's checkpoint is of another training, with the reason
   */
  void requireSame(TrainingIdentity stored, CheckpointStore where) {
    requireSame("model to start from", stored.base, base, where);
    requireSame("recipe", stored.recipe, recipe, where);
    requireSame("data", String.join("; ", stored.sets), String.join("; ", sets), where);
    requireSame("dev set", stored.dev, dev, where);
  }

  private static void requireSame(String what, String stored, String now, CheckpointStore where) {
    if (!now.equals(stored)) {
      throw new TrainingException(
          ("Cannot go on from checkpoint %s: its %s is %s, now it is %s; start with the same, or"
                  + " with another checkpoint folder")
              .formatted(where, what, stored, now));
    }
  }
}
