package org.sbertspark.training;

import java.io.Serializable;
import java.util.List;

/**
 * Where an {@link ExampleSampler} stands.
 *
 * @param batches that it has given
 * @param places where it stands in each data set
 */
public record SamplerState(long batches, List<Place> places) implements Serializable {

  /**
   * Where it stands in one data set.
   *
   * @param pass how often the set was shuffled before
   * @param position examples of this pass that were read
   */
  public record Place(long pass, int position) implements Serializable {}

  public SamplerState {
    places = List.copyOf(places);
  }
}
