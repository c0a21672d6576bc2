package org.sbertspark.job;

import java.nio.file.Path;
import java.util.function.Function;
import org.apache.hadoop.conf.Configuration;
import org.sbertspark.ml.DriverModels;
import org.sbertspark.ml.HubAccess;
import org.sbertspark.ml.ResolvedModel;
import org.sbertspark.model.ModelDescription;
import org.sbertspark.model.hub.HubSettings;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** How a model is fetched by its name. */
final class HubOptions {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  @Option(
      names = "--allow-http",
      description =
          "Fetch models from a hub (HF_ENDPOINT) on another machine without encryption, too.")
  boolean allowHttp;

  /** The model, fetched if it is a name on the hub; tells on standard error if that takes time. */
  ResolvedModel resolve(String model) {
    return fetching(model, hub -> DriverModels.resolve(model, hub));
  }

  /** The same without a Spark session. */
  ResolvedModel resolve(String model, Configuration hadoop) {
    return fetching(model, hub -> DriverModels.resolve(model, hadoop, hub));
  }

  /** What the model is; fetched as well. */
  ModelDescription describe(String model, Configuration hadoop) {
    return fetching(model, hub -> DriverModels.describe(model, hadoop, hub));
  }

  /** Whatever fetches the model itself. */
  <T> T fetching(String model, Function<HubAccess, T> use) {
    StatusLine status = StatusLine.on(command.commandLine().getErr());
    try (FetchProgress progress = new FetchProgress(model, status, System::nanoTime)) {
      T result = use.apply(new HubAccess(this::settings, progress));
      progress.finish();
      return result;
    }
  }

  private HubSettings settings() {
    Main main = (Main) command.root().userObject();
    HubSettings settings =
        HubSettings.from(main.environment(), Path.of(System.getProperty("user.home")));
    return allowHttp ? settings.allowingHttp() : settings;
  }
}
