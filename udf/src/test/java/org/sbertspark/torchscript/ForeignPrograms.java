package org.sbertspark.torchscript;

import org.sbertspark.model.Tensor;

/** Programs as others export them: ids and attention mask in, a table's rows out. */
public final class ForeignPrograms {
  private ForeignPrograms() {}

  /** A program with the one tensor that it has. */
  public record Foreign(CompiledModel.Program program, ArchiveTensor table) {}

  /**
   * A program of the form that other tools export.
   *
   * @param arguments behind {@code input_ids} and {@code attention_mask}, each with a comma in
   *     front
   * @param type of the output
   * @param output an expression over the inputs and {@code hidden}, the tokens' vectors
   */
  public static Foreign of(Tensor table, String arguments, String type, String output) {
    ArchiveTensor weight = ArchiveTensor.of(table);
    String forward =
        """
          def forward(self: __torch__.Foreign,
            input_ids: Tensor,
            attention_mask: Tensor%s) -> %s:
            hidden = torch.embedding(self.weight, input_ids)
            mask = torch.unsqueeze(attention_mask, -1)
            return %s
        """
            .formatted(arguments, type, output);
    ScriptModule module = new ScriptModule("Foreign", forward).parameter("weight", weight);
    return new Foreign(new ModuleTreeWriter().write(module), weight);
  }
}
