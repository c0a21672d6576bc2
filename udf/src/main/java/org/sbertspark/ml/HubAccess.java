package org.sbertspark.ml;

import java.util.function.Supplier;
import org.sbertspark.model.hub.HubSettings;
import org.sbertspark.model.hub.Progress;

/**
 * How models are fetched by name.
 *
 * @param settings asked only for a model that is on a hub: a wrong one is no concern of others
 */
public record HubAccess(Supplier<HubSettings> settings, Progress progress) {

  /** As the environment says, in silence. */
  public static final HubAccess DEFAULT =
      new HubAccess(HubSettings::fromEnvironment, Progress.NONE);
}
