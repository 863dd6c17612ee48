// SPDX-License-Identifier: Apache-2.0
#include "core/report/exporttext.h"

#include "core/report/jsonwriter.h"
#include "core/report/messages.h"

namespace ckptscope::report {

void writeExportJson(const Checkpoint& checkpoint, const ExportReceipt& receipt, const Write& write)
{
    JsonWriter json(write);
    json.open('{').key("schema").text("ckptscope.show/1").key("path").text(checkpoint.path());
    json.key("safetensors").open('{').key("file").text(receipt.file).key("bytes").number(receipt.bytes);
    json.key("tensors").open('[');
    for (const ExportedTensor& one : receipt.tensors) {
        const TensorInfo& tensor = checkpoint.tensors()[one.tensor];
        json.open('{').key("name").text(tensor.key).key("dtype").text(dtypeName(one.dtype)).key("shape");
        json.open('[');
        for (const std::uint64_t dim : tensor.shape) {
            json.number(dim);
        }
        json.close(']').closeNamed();
    }
    json.close(']').closeNamed().key("notes").open('[');
    for (const Error& note : receipt.notes) {
        json.open('{').key("code").text(codeInfo(note.code).id).key("message").text(messageText(note)).closeNamed();
    }
    json.close(']').closeNamed().finish();
}

} // namespace ckptscope::report
