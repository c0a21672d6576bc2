package org.sbertspark.job;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.apache.hadoop.fs.FileUtil;
import org.apache.spark.SparkContext;
import org.sbertspark.inference.EncoderOptions;
import org.sbertspark.inference.ModelBundle;
import org.sbertspark.inference.Precision;
import org.sbertspark.job.demo.DemoModel;
import org.sbertspark.ml.ModelProbe;
import org.sbertspark.model.ModelException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Looks whether everything is there that embedding needs, and says what to mend. */
@Command(
    name = "doctor",
    description = {
      "Looks whether everything is there that embedding needs, on the driver and on every executor,"
          + " and says what to mend.",
      "The exit code is 1 if a check fails."
    },
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class DoctorCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(
      names = "--model",
      paramLabel = "MODEL",
      description = "The model to try, as with embed. Default: a small demo model.")
  private String model;

  @Mixin private HubOptions hub;

  @Option(
      names = "--precision",
      paramLabel = "PRECISION",
      defaultValue = "float32",
      description = "To try the model in: ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
  private Precision precision;

  @Mixin private DeviceOptions device;

  private int warnings;
  private int failures;

  @Override
  public Integer call() {
    JvmReport driver = JvmReport.here();
    BuildInfo build = BuildInfo.CURRENT;
    tell(HealthChecks.java(driver.javaVersion(), driver.javaVendor()));
    tell(HealthChecks.scala(scala.util.Properties.versionNumberString(), build.scala()));
    tell(HealthChecks.platform(driver.platform(), build.natives()));
    tell(HealthChecks.libc(driver.libc(), driver.platform()));

    SparkContext spark = Sessions.open(spec).sparkContext();
    tell(HealthChecks.spark(spark.version(), build.spark()));
    Optional<ModelBundle> bundle = bundle();
    long parameters = bundle.map(ModelBundle::parameters).orElse(0L);
    Slots slots = Slots.of(spark);
    tell(HealthChecks.cache(driver.cache(), parameters));
    tell(
        HealthChecks.memory(
            driver,
            nativeBytes(bundle, spark.isLocal() ? slots.tasksAtOnce() : 1),
            "--driver-memory"));
    long executorNativeBytes = nativeBytes(bundle, slots.tasksAtOnce());
    tell(ExecutorMemory.of(spark, executorNativeBytes).check());
    if (spark.isLocal()) {
      tell(HealthChecks.threads(driver, slots.cores(), slots.taskCpus()));
    }
    bundle.ifPresent(found -> tryModel(spark, found, slots, executorNativeBytes));
    return verdict();
  }

  /** With the default options; of no model what libtorch takes without one. */
  private static long nativeBytes(Optional<ModelBundle> model, int tasksAtOnce) {
    EmbedderOptions defaults = new EmbedderOptions();
    return model
        .map(found -> ExecutorMemory.neededBytes(found, defaults.tokensOfAPass(found), tasksAtOnce))
        .orElseGet(() -> HealthChecks.nativeBytes(0, 0, 0, tasksAtOnce));
  }

  /** The bundle of the model to try; what stands in its way is told. */
  private Optional<ModelBundle> bundle() {
    try {
      return Optional.of(model == null ? demoBundle() : hub.resolve(model).bundle());
    } catch (ModelException | IllegalArgumentException e) {
      tell(Check.fail("model", ErrorLine.of(e), "mend what this line says"));
      return Optional.empty();
    }
  }

  private static ModelBundle demoBundle() {
    try {
      Path folder = Files.createTempDirectory("sbert-spark-doctor");
      try {
        Path demo = folder.resolve("demo-model");
        DemoModel.write(demo);
        ModelBundle bundle = ModelBundle.of(demo);
        SelfTest.require(SelfTest.golden().compareWith(bundle, EncoderOptions.DEFAULT));
        return bundle;
      } finally {
        FileUtil.fullyDelete(folder.toFile());
      }
    } catch (IOException e) {
      throw new ModelException("Cannot write the demo model: " + e, e);
    }
  }

  private void tryModel(SparkContext spark, ModelBundle bundle, Slots slots, long nativeBytes) {
    ModelProbe probe = ModelProbe.ship(spark, bundle, precision, device.device);
    if (!spark.isLocal()) {
      // The driver of a cluster encodes no more than a constant, and needs no GPU for it.
      tell(HealthChecks.model(bundle.name(), ExecutorReport.here(ModelProbe.ship(spark, bundle))));
    } else {
      ExecutorReport driver = ExecutorReport.here(probe);
      tell(HealthChecks.gpu(driver.gpus(), driver.assignedGpus()));
      tell(HealthChecks.model(bundle.name(), driver));
      tell(Check.ok("executors", "none but the driver, which has passed with " + spark.master()));
      return;
    }
    ExecutorReport.All executors = ExecutorReport.ask(spark, probe);
    for (ExecutorReport executor : executors.reports()) {
      List<Check> checks = checks(executor, bundle, slots, nativeBytes);
      List<Check> faults = checks.stream().filter(c -> c.level() != Check.Level.OK).toList();
      String name = "executor %s on %s".formatted(executor.id(), executor.host());
      if (faults.isEmpty()) {
        List<String> findings = checks.stream().map(c -> c.name() + " " + c.finding()).toList();
        tell(Check.ok(name, String.join("; ", findings)));
      }
      faults.forEach(fault -> tell(fault.of(name)));
    }
    for (String silent : executors.silent()) {
      tell(
          Check.fail(
              "executor at " + silent,
              "no task came to it",
              "look into its log, or run the doctor while the cluster is idle"));
    }
  }

  private static List<Check> checks(
      ExecutorReport executor, ModelBundle bundle, Slots slots, long nativeBytes) {
    JvmReport jvm = executor.jvm();
    List<Check> checks = new ArrayList<>();
    checks.add(HealthChecks.java(jvm.javaVersion(), jvm.javaVendor()));
    checks.add(HealthChecks.platform(jvm.platform(), BuildInfo.CURRENT.natives()));
    checks.add(HealthChecks.libc(jvm.libc(), jvm.platform()));
    checks.add(HealthChecks.cache(jvm.cache(), bundle.parameters()));
    checks.add(HealthChecks.memory(jvm, nativeBytes, "--executor-memory"));
    checks.add(HealthChecks.threads(jvm, slots.cores(), slots.taskCpus()));
    checks.add(HealthChecks.gpu(executor.gpus(), executor.assignedGpus()));
    checks.add(HealthChecks.model(bundle.name(), executor));
    return checks;
  }

  private void tell(Check check) {
    PrintWriter out = spec.commandLine().getOut();
    out.println(check);
    out.flush();
    warnings += check.level() == Check.Level.WARN ? 1 : 0;
    failures += check.failed() ? 1 : 0;
  }

  private int verdict() {
    spec.commandLine()
        .getOut()
        .println(
            failures > 0
                ? "Not ready: failed %d, warnings %d".formatted(failures, warnings)
                : warnings > 0 ? "Ready; warnings %d".formatted(warnings) : "Ready");
    return failures > 0 ? Main.FAILED : Main.OK;
  }
}
